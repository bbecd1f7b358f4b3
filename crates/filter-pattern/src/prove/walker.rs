//! Finds a text that is in some languages and not in others, or proves that there is none: all languages are walked
//! at once as automata, breadth first, over one character of each class that any of them can distinguish.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use regex_automata::Input;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::Cache;

use crate::syntax::automaton::Automaton;
use crate::syntax::lang::{Lang, Leftmost};

/// The answer of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Search<T> {
    Found(T),
    /// Proven: nothing is there.
    Empty,
    /// Given up.
    TooComplex,
}

/// No continuation is accepted.
const DEAD: u32 = u32::MAX;
/// Every continuation is accepted.
const DONE: u32 = u32::MAX - 1;
/// Accepted, and no continuation is.
const COMPLETE: u32 = u32::MAX - 2;

/// The shortest text that is in every wanted language and in none of the others. `steps` is what may be spent, and
/// is reduced by what was.
pub(crate) fn find(languages: &[(&Lang, bool)], steps: &mut u64) -> Search<String> {
    if let Some(words) =
        languages.iter().filter_map(|&(lang, wanted)| words(lang).filter(|_| wanted)).min_by_key(Vec::len)
    {
        return one_of(words, languages, steps);
    }
    let unwanted: Vec<&str> = languages
        .iter()
        .filter_map(|&(lang, wanted)| match lang {
            Lang::Exactly(word) if !wanted => Some(word.as_str()),
            _ => None,
        })
        .collect();
    let mut walkers: Vec<(Walker, bool)> = languages
        .iter()
        .filter(|(lang, wanted)| *wanted || !matches!(lang, Lang::Exactly(_)))
        .map(|&(lang, wanted)| (Walker::new(lang), wanted))
        .collect();
    if !unwanted.is_empty() {
        walkers.push((Walker::Words(Trie::new(unwanted)), false));
    }
    breadth_first(&mut walkers, &alphabet(languages), steps)
}

/// The texts of a language that lists them.
fn words(lang: &Lang) -> Option<Vec<&str>> {
    match lang {
        Lang::Nothing => Some(Vec::new()),
        Lang::Exactly(word) => Some(vec![word]),
        Lang::OneOf(words) => Some(words.iter().collect()),
        Lang::Anything
        | Lang::StartsWith(_)
        | Lang::EndsWith(_)
        | Lang::Contains(_)
        | Lang::Leftmost(_)
        | Lang::Regex(_) => None,
    }
}

/// As [`find`], among these texts: trying each is quicker than walking all languages at once, and finds the same one as long
/// as there are steps left.
fn one_of(mut words: Vec<&str>, languages: &[(&Lang, bool)], steps: &mut u64) -> Search<String> {
    let cost: u64 = languages.iter().map(|(lang, _)| lang.cost()).sum();
    let fits = |word: &str| languages.iter().all(|(lang, wanted)| lang.accepts(word) == *wanted);
    words.retain(|word| {
        *steps = steps.saturating_sub(cost);
        *steps > 0 && fits(word)
    });
    let order = |word: &&str| {
        let letters: Vec<(u8, char)> = word.chars().map(|c| (rank(c), c)).collect();
        (letters.len(), letters)
    };
    match words.into_iter().min_by_key(order) {
        Some(word) => Search::Found(word.to_owned()),
        None if *steps == 0 => Search::TooComplex,
        None => Search::Empty,
    }
}

fn breadth_first(walkers: &mut [(Walker, bool)], alphabet: &[char], steps: &mut u64) -> Search<String> {
    let start: Vec<u32> = walkers.iter_mut().map(|(walker, _)| walker.start()).collect();
    let mut seen: HashSet<Vec<u32>> = HashSet::new();
    // Where each visited state was reached from, and by which character.
    let mut trail: Vec<(usize, char)> = vec![(0, ' ')];
    let mut queue: VecDeque<(Vec<u32>, usize)> = VecDeque::new();
    if !is_hopeless(walkers, &start) {
        seen.insert(start.clone());
        queue.push_back((start, 0));
    }
    let cost: u64 = walkers.iter().map(|(walker, _)| walker.cost()).sum::<u64>() + 1;
    while let Some((state, at)) = queue.pop_front() {
        if walkers.iter_mut().zip(&state).all(|((walker, wanted), &state)| walker.is_accepting(state) == *wanted) {
            return Search::Found(spell(&trail, at));
        }
        for &c in alphabet {
            if *steps < cost {
                *steps = 0;
                return Search::TooComplex;
            }
            *steps -= cost;
            let next: Vec<u32> =
                walkers.iter_mut().zip(&state).map(|((walker, _), &state)| walker.step(state, c)).collect();
            if walkers.iter().any(|(walker, _)| walker.is_lost()) {
                return Search::TooComplex;
            }
            if !is_hopeless(walkers, &next) && seen.insert(next.clone()) {
                trail.push((at, c));
                queue.push_back((next, trail.len() - 1));
            }
        }
    }
    Search::Empty
}

fn is_hopeless(walkers: &[(Walker, bool)], state: &[u32]) -> bool {
    walkers.iter().zip(state).any(|((_, wanted), &state)| state == if *wanted { DEAD } else { DONE })
}

fn spell(trail: &[(usize, char)], mut at: usize) -> String {
    let mut text = Vec::new();
    while at != 0 {
        text.push(trail[at].1);
        at = trail[at].0;
    }
    text.iter().rev().collect()
}

/// One character of each class, the most ordinary first.
fn alphabet(languages: &[(&Lang, bool)]) -> Vec<char> {
    let mut borders: BTreeSet<u32> = [0, 0x20, 0x7f, 0xa1, 0xd800, 0xe000, 0x11_0000].into();
    borders.extend("09AZaz".chars().zip([0, 1].into_iter().cycle()).map(|(c, after)| u32::from(c) + after));
    for (lang, _) in languages {
        match lang {
            Lang::Nothing | Lang::Anything => {}
            Lang::Exactly(text) | Lang::StartsWith(text) | Lang::EndsWith(text) | Lang::Contains(text) => {
                add_borders(&mut borders, text);
            }
            Lang::OneOf(words) => words.iter().for_each(|word| add_borders(&mut borders, word)),
            Lang::Leftmost(leftmost) => leftmost.pieces.iter().for_each(|piece| add_borders(&mut borders, piece)),
            Lang::Regex(automaton) => borders.extend(automaton.borders()),
        }
    }
    let borders: Vec<u32> = borders.into_iter().collect();
    let mut chars: Vec<char> = borders.windows(2).filter_map(|pair| char::from_u32(pair[0])).collect();
    chars.sort_by_key(|&c| (rank(c), c));
    chars
}

fn add_borders(borders: &mut BTreeSet<u32>, text: &str) {
    for c in text.chars() {
        borders.extend([u32::from(c), u32::from(c) + 1]);
    }
}

fn rank(c: char) -> u8 {
    match c {
        'a'..='z' => 0,
        '0'..='9' => 1,
        'A'..='Z' => 2,
        '-' | '.' | '_' => 3,
        ' '..='~' => 4,
        _ if c.is_control() => 6,
        _ => 5,
    }
}

/// A language as an automaton. States are numbers, the three constants above among them.
enum Walker {
    Constant(bool),
    Start { chars: Vec<char>, is_whole: bool },
    End(Matcher),
    Inside(Matcher),
    Pieces { pieces: Vec<Matcher>, starts: Vec<u32>, open_start: bool, open_end: bool },
    Words(Trie),
    Regex(Box<LazyRegex>),
}

impl Walker {
    fn new(lang: &Lang) -> Self {
        match lang {
            Lang::Nothing => Self::Constant(false),
            Lang::Anything => Self::Constant(true),
            Lang::Exactly(text) => Self::Start { chars: text.chars().collect(), is_whole: true },
            Lang::OneOf(words) => Self::Words(Trie::new(words.iter())),
            Lang::StartsWith(text) => Self::Start { chars: text.chars().collect(), is_whole: false },
            Lang::EndsWith(text) => Self::End(Matcher::new(text)),
            Lang::Contains(text) => Self::Inside(Matcher::new(text)),
            Lang::Leftmost(leftmost) => Self::pieces(leftmost),
            Lang::Regex(automaton) => Self::Regex(Box::new(LazyRegex::new(automaton))),
        }
    }

    fn pieces(leftmost: &Leftmost) -> Self {
        let pieces: Vec<Matcher> = leftmost.pieces.iter().map(|piece| Matcher::new(piece)).collect();
        let starts = pieces
            .iter()
            .scan(0, |next, piece| {
                let start = *next;
                *next += piece.chars.len() as u32;
                Some(start)
            })
            .collect();
        Self::Pieces { pieces, starts, open_start: leftmost.open_start, open_end: leftmost.open_end }
    }

    fn start(&mut self) -> u32 {
        match self {
            Self::Constant(accepts) => {
                if *accepts {
                    DONE
                } else {
                    DEAD
                }
            }
            Self::Start { chars, is_whole } if chars.is_empty() && !*is_whole => DONE,
            Self::Inside(search) if search.chars.is_empty() => DONE,
            Self::Start { .. } | Self::End(_) | Self::Inside(_) | Self::Pieces { .. } | Self::Words(_) => 0,
            Self::Regex(regex) => regex.start(),
        }
    }

    fn step(&mut self, state: u32, c: char) -> u32 {
        if state == DEAD || state == DONE {
            return state;
        }
        if state == COMPLETE {
            return DEAD;
        }
        match self {
            Self::Constant(_) => state,
            Self::Start { chars, is_whole } => match chars.get(state as usize) {
                Some(&expected) if expected == c => {
                    let next = state + 1;
                    if next as usize == chars.len() && !*is_whole { DONE } else { next }
                }
                _ => DEAD,
            },
            Self::End(search) => search.step(state as usize, c) as u32,
            Self::Inside(search) => {
                let next = search.step(state as usize, c);
                if next == search.chars.len() { DONE } else { next as u32 }
            }
            Self::Pieces { pieces, starts, open_start, open_end } => {
                let piece = starts.partition_point(|&start| start <= state) - 1;
                let search = &pieces[piece];
                let at = (state - starts[piece]) as usize;
                if piece == 0 && !*open_start && search.chars[at] != c {
                    return DEAD;
                }
                let next = search.step(at, c);
                if next < search.chars.len() {
                    starts[piece] + next as u32
                } else if let Some(&start) = starts.get(piece + 1) {
                    start
                } else if *open_end {
                    DONE
                } else {
                    COMPLETE
                }
            }
            Self::Words(trie) => trie.step(state, c),
            Self::Regex(regex) => regex.step(state, c),
        }
    }

    /// What a step takes. A new state of a large expression is made of many.
    fn cost(&self) -> u64 {
        match self {
            Self::Regex(regex) => 2 + regex.automaton.dfa().get_nfa().states().len() as u64 / 8,
            _ => 1,
        }
    }

    /// Its states have become meaningless, because the automaton outgrew its memory.
    fn is_lost(&self) -> bool {
        matches!(self, Self::Regex(regex) if regex.is_lost())
    }

    fn is_accepting(&mut self, state: u32) -> bool {
        if state == DEAD {
            return false;
        }
        if state == DONE || state == COMPLETE {
            return true;
        }
        match self {
            Self::Constant(accepts) => *accepts,
            Self::Start { chars, .. } => state as usize == chars.len(),
            Self::End(search) => state as usize == search.chars.len(),
            Self::Inside(_) | Self::Pieces { .. } => false,
            Self::Words(trie) => trie.ends[state as usize],
            Self::Regex(regex) => regex.is_accepting(state),
        }
    }
}

/// Searches one text in another, a character at a time (Knuth, Morris and Pratt).
struct Matcher {
    chars: Vec<char>,
    /// For each length of a match the length of the longest shorter one that ends at the same place.
    fallback: Vec<usize>,
}

impl Matcher {
    fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut search = Self { fallback: vec![0; chars.len() + 1], chars };
        let mut matched = 0;
        for i in 1..search.chars.len() {
            matched = search.step(matched, search.chars[i]);
            search.fallback[i + 1] = matched;
        }
        search
    }

    fn step(&self, mut matched: usize, c: char) -> usize {
        loop {
            if self.chars.get(matched) == Some(&c) {
                return matched + 1;
            }
            if matched == 0 {
                return 0;
            }
            matched = self.fallback[matched];
        }
    }
}

/// A finite set of words.
struct Trie {
    next: HashMap<(u32, char), u32>,
    ends: Vec<bool>,
}

impl Trie {
    fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let mut trie = Self { next: HashMap::new(), ends: vec![false] };
        for word in words {
            let mut at = 0;
            for c in word.chars() {
                let fresh = trie.ends.len() as u32;
                at = *trie.next.entry((at, c)).or_insert(fresh);
                if at == fresh {
                    trie.ends.push(false);
                }
            }
            trie.ends[at as usize] = true;
        }
        trie
    }

    fn step(&self, state: u32, c: char) -> u32 {
        self.next.get(&(state, c)).copied().unwrap_or(DEAD)
    }
}

/// A regular expression; its states are numbered as they are met.
struct LazyRegex {
    automaton: Automaton,
    cache: Cache,
    ids: Vec<LazyStateID>,
    numbers: HashMap<LazyStateID, u32>,
    has_failed: bool,
}

impl LazyRegex {
    fn new(automaton: &Automaton) -> Self {
        let cache = Cache::new(automaton.dfa());
        Self { automaton: automaton.clone(), cache, ids: Vec::new(), numbers: HashMap::new(), has_failed: false }
    }

    /// A cleared cache makes every number that was given out wrong.
    fn is_lost(&self) -> bool {
        self.has_failed || self.cache.clear_count() > 0
    }

    fn lose(&mut self) -> u32 {
        self.has_failed = true;
        DEAD
    }

    fn number(&mut self, id: LazyStateID) -> u32 {
        if id.is_match() {
            return DONE;
        }
        if id.is_dead() || id.is_quit() {
            return DEAD;
        }
        let fresh = self.ids.len() as u32;
        let number = *self.numbers.entry(id).or_insert(fresh);
        if number == fresh {
            self.ids.push(id);
        }
        number
    }

    fn start(&mut self) -> u32 {
        match self.automaton.dfa().start_state_forward(&mut self.cache, &Input::new("")) {
            Ok(id) => self.number(id),
            Err(_) => self.lose(),
        }
    }

    fn step(&mut self, state: u32, c: char) -> u32 {
        if self.is_lost() {
            return DEAD;
        }
        let mut id = self.ids[state as usize];
        for &byte in c.encode_utf8(&mut [0; 4]).as_bytes() {
            match self.automaton.dfa().next_state(&mut self.cache, id, byte) {
                Ok(next) if next.is_match() || next.is_dead() => return self.number(next),
                Ok(next) => id = next,
                Err(_) => return self.lose(),
            }
        }
        self.number(id)
    }

    fn is_accepting(&mut self, state: u32) -> bool {
        if self.is_lost() {
            return false;
        }
        let id = self.ids[state as usize];
        self.automaton.dfa().next_eoi_state(&mut self.cache, id).is_ok_and(|id| id.is_match())
    }
}
