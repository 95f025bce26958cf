// SPDX-License-Identifier: Apache-2.0
//
// Writes what the text layer knows of Unicode, from ICU's data:
//
//   g++ -std=c++17 -O1 Tools/unicode/generate.cpp -o /tmp/generate -licuuc -licui18n
//   /tmp/generate tables > Sources/ChorusKernels/unicode_tables.c
//   /tmp/generate folds > Tools/unicode/folds.tsv
//
// The first is the class of every code point, what NFKC_Casefold does to it, and the code point
// that stands for it in token hashes; the second publishes the last of these for other programs.

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <map>
#include <vector>

// The values of chorus_class and of the bits above it, as in chorus_kernels.h and unicode_tables.h.
enum { separator, word, single, mark, newline };
enum { stable = 0 << 3, mapped = 1 << 3, dropped = 2 << 3, complex = 3 << 3 };
enum { combining = 1 << 5, folded = 1 << 6, silent = 1 << 7 };

static const UScriptCode unspaced[] = {
  USCRIPT_HAN,       USCRIPT_HIRAGANA,    USCRIPT_KATAKANA, USCRIPT_BOPOMOFO, USCRIPT_THAI,
  USCRIPT_LAO,       USCRIPT_KHMER,       USCRIPT_MYANMAR,  USCRIPT_LANNA,    USCRIPT_NEW_TAI_LUE,
  USCRIPT_TAI_LE,    USCRIPT_TAI_VIET,    USCRIPT_JAVANESE, USCRIPT_BALINESE, USCRIPT_YI,
  USCRIPT_TANGUT,    USCRIPT_NUSHU,
};

static UErrorCode error = U_ZERO_ERROR;
static const icu::Normalizer2 *casefold, *decompose;
static USpoofChecker *checker;

static int class_of(UChar32 c) {
  if (c == '\n' || c == '\r' || c == 0x0B || c == 0x0C || c == 0x85 || c == 0x2028 || c == 0x2029)
    return newline;
  switch (u_charType(c)) {
  case U_NON_SPACING_MARK:
  case U_ENCLOSING_MARK:
  case U_COMBINING_SPACING_MARK: return mark;
  case U_UPPERCASE_LETTER:
  case U_LOWERCASE_LETTER:
  case U_TITLECASE_LETTER:
  case U_MODIFIER_LETTER:
  case U_OTHER_LETTER:
  case U_LETTER_NUMBER:
    for (UScriptCode script : unspaced)
      if (uscript_hasScript(c, script)) return single;
    return word;
  case U_DECIMAL_DIGIT_NUMBER:
  case U_OTHER_NUMBER: return word;
  default: break;
  }
  if (c >= 0x80 && u_charType(c) == U_OTHER_SYMBOL) return single;
  if (c >= 0x80 && u_charType(c) == U_MODIFIER_SYMBOL) return single;
  if (c >= 0x80 && u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC)) return single;
  if (u_hasBinaryProperty(c, UCHAR_REGIONAL_INDICATOR)) return single;
  if (c >= 0x80 && u_hasBinaryProperty(c, UCHAR_EMOJI_MODIFIER)) return single;
  return separator;
}

static UScriptCode script_of(UChar32 c) {
  return uscript_getScript(c, &error);
}

// A mark that readers do without: an accent that any script may bear, or a vowel sign of a script
// that is usually written without them. The voiced sound marks of Kana make other letters.
static bool is_silent(UChar32 c) {
  if (u_charType(c) != U_NON_SPACING_MARK || c == 0x3099 || c == 0x309A) return false;
  UScriptCode script = script_of(c);
  return script == USCRIPT_INHERITED || script == USCRIPT_HEBREW || script == USCRIPT_ARABIC
    || script == USCRIPT_SYRIAC;
}

// The only letter or digit A-Z, a-z, 0-9 that a code point looks like, or 0. A stroke through a
// Latin letter is an accent; through others it makes another letter.
static UChar32 looks_like(UChar32 c) {
  bool latin = script_of(c) == USCRIPT_LATIN;
  icu::UnicodeString skeleton, rest;
  uspoof_getSkeletonUnicodeString(checker, 0, icu::UnicodeString(c), skeleton, &error);
  for (int i = 0; i < skeleton.length(); i = skeleton.moveIndex32(i, 1))
    if (!latin || !is_silent(skeleton.char32At(i))) rest.append(skeleton.char32At(i));
  return rest.length() == 1 && rest[0] < 0x80 && u_isalnum(rest[0]) ? rest[0] : 0;
}

// The letter without its accents, for one of a script that bears them.
static UChar32 base_of(UChar32 c) {
  icu::UnicodeString parts = decompose->normalize(icu::UnicodeString(c), error);
  UChar32 base = parts.char32At(0);
  UScriptCode script = script_of(base);
  bool bare = script == USCRIPT_LATIN || script == USCRIPT_GREEK || script == USCRIPT_CYRILLIC;
  for (int i = parts.moveIndex32(0, 1); i < parts.length(); i = parts.moveIndex32(i, 1))
    bare = bare && is_silent(parts.char32At(i));
  return bare ? base : c;
}

// The ASCII letter or digit that stands for a letter which looks like it in lower case, or else as
// a capital; and how well: 3 both do, 2 the small one does, 1 the capitals do, 0 only crosswise.
static UChar32 look_alike(UChar32 c, int *rank) {
  UChar32 upper = u_toupper(c);
  UChar32 small = u_tolower(looks_like(c)), capital = upper == c ? 0 : looks_like(upper);
  if (small == 0) *rank = capital == u_toupper(capital);
  else *rank = u_tolower(capital) == small ? 3 : 2;
  return small != 0 ? small : u_tolower(capital);
}

// The letters of one script other than Latin that look like one ASCII letter: those that do in both
// cases fold to it, or else the best one in lower case, and the best one as a capital; so that
// other letters stay apart.
struct look_alikes {
  int rank[2] = {-1, -1};
  UChar32 letter[2] = {0, 0};
};
static std::map<std::pair<int, UChar32>, look_alikes> best_look_alikes;

static void find_look_alikes() {
  for (UChar32 c = 0x80; c < 0x110000; c++) {
    int rank;
    if (!u_isalpha(c) || base_of(c) != c || class_of(c) != word) continue;
    if (casefold->normalize(icu::UnicodeString(c), error) != icu::UnicodeString(c)) continue;
    UChar32 letter = look_alike(c, &rank);
    if (letter == 0) continue;
    look_alikes &best = best_look_alikes[{script_of(c), letter}];
    int is_small = rank >= 2;
    if (rank > best.rank[is_small]) best.rank[is_small] = rank, best.letter[is_small] = c;
  }
}

// What stands for a code point of a normalised text in token hashes: itself, or
// - a decimal digit for one of any script;
// - the letter without its accents for a Latin, Greek or Cyrillic one, and instead of that, or of
//   any other letter, its look-alike.
static UChar32 fold_of(UChar32 c) {
  if (c < 0x80 || class_of(c) != word) return c;
  if (u_charType(c) == U_DECIMAL_DIGIT_NUMBER) return '0' + u_charDigitValue(c);
  if (!u_isalpha(c)) return c;
  UChar32 base = base_of(c);
  if (base < 0x80) return base;
  int rank;
  UChar32 letter = look_alike(base, &rank);
  if (letter == 0) return base;
  UScriptCode script = script_of(base);
  bool is_best = script == USCRIPT_LATIN || rank == 3
    || best_look_alikes[{script, letter}].letter[rank >= 2] == base;
  return is_best ? letter : base;
}

// A mark that can join what stands before it does stand there where there is nothing to join.
static bool stands_in_normalised_text(UChar32 c) {
  if (c >= 0xD800 && c < 0xE000) return false;
  return casefold->normalize(icu::UnicodeString(c), error) == icu::UnicodeString(c);
}

// What NFKC_Casefold does to a code point by itself, and the code point it becomes if it is one.
static int action_of(UChar32 c, UChar32 *target) {
  *target = c;
  if (c >= 0xD800 && c < 0xE000) return complex;
  icu::UnicodeString text(c), result = casefold->normalize(text, error);
  if (result.isEmpty()) return dropped;
  if (result == text && casefold->quickCheck(text, error) == UNORM_YES)
    return u_getCombiningClass(c) == 0 ? stable : stable | combining;
  UChar32 first = result.char32At(0);
  bool is_one = result.countChar32() == 1 && casefold->hasBoundaryBefore(c)
    && casefold->hasBoundaryBefore(first) && u_getCombiningClass(first) == 0
    && casefold->quickCheck(result, error) == UNORM_YES;
  if (!is_one) return complex;
  *target = first;
  return mapped;
}

template <typename Value> struct paged {
  std::map<std::vector<Value>, int> known;
  std::vector<std::vector<Value>> pages;
  std::vector<int> page_of;

  explicit paged(std::initializer_list<Value> empty) {
    if (empty.size() != 0) add(std::vector<Value>(128, *empty.begin())), page_of.clear();
  }

  void add(const std::vector<Value> &page) {
    auto found = known.find(page);
    if (found == known.end()) {
      found = known.emplace(page, (int)pages.size()).first;
      pages.push_back(page);
    }
    page_of.push_back(found->second);
  }

  void print(const char *of, const char *type, const char *name) const {
    printf("const uint16_t chorus_%s_page_of[%zu] = {", of, page_of.size());
    for (size_t i = 0; i < page_of.size(); i++) printf("%s%d,", i % 16 ? " " : "\n  ", page_of[i]);
    printf("\n};\n\nconst %s %s[%zu][128] = {\n", type, name, pages.size());
    for (auto &page : pages) {
      printf("  {");
      for (int i = 0; i < 128; i++) printf("%s%d,", i % 12 ? "" : "\n    ", (int)page[i]);
      printf("\n  },\n");
    }
    printf("};\n");
  }
};

static void print_tables() {
  paged<int> properties({}), maps({0}), folds({0});
  for (UChar32 first = 0; first < 0x110000; first += 128) {
    std::vector<int> property(128), map(128), fold(128);
    for (int i = 0; i < 128; i++) {
      UChar32 c = first + i, target;
      int action = action_of(c, &target);
      property[i] = class_of(c) | action;
      if ((action & complex) == mapped) map[i] = target;
      if (!stands_in_normalised_text(c)) continue;
      if (is_silent(c)) property[i] |= silent;
      if (fold_of(c) != c) property[i] |= folded, fold[i] = fold_of(c);
    }
    properties.add(property);
    maps.add(map);
    folds.add(fold);
  }
  printf("// SPDX-License-Identifier: Apache-2.0\n//\n");
  printf("// Generated by Tools/unicode/generate.cpp from Unicode %s; do not edit.\n\n",
    U_UNICODE_VERSION);
  printf("#include \"unicode_tables.h\"\n\n");
  properties.print("property", "uint8_t", "chorus_property_pages");
  printf("\n");
  maps.print("map", "uint32_t", "chorus_map_pages");
  printf("\n");
  folds.print("fold", "uint32_t", "chorus_fold_pages");
}

static void print_folds() {
  printf("# SPDX-License-Identifier: Apache-2.0\n");
  printf("# Generated by Tools/unicode/generate.cpp from Unicode %s: a code point of a\n",
    U_UNICODE_VERSION);
  printf("# normalised text, and the one that stands for it in token hashes; none if silent.\n");
  for (UChar32 c = 0x80; c < 0x110000; c++) {
    if (!stands_in_normalised_text(c)) continue;
    if (is_silent(c)) printf("%04X\t\n", c);
    else if (fold_of(c) != c) printf("%04X\t%04X\n", c, fold_of(c));
  }
}

int main(int count, char **arguments) {
  casefold = icu::Normalizer2::getNFKCCasefoldInstance(error);
  decompose = icu::Normalizer2::getNFDInstance(error);
  checker = uspoof_open(&error);
  if (U_FAILURE(error) || count != 2) return 1;
  find_look_alikes();
  if (strcmp(arguments[1], "tables") == 0) print_tables();
  else if (strcmp(arguments[1], "folds") == 0) print_folds();
  else return 1;
  uspoof_close(checker);
  return U_FAILURE(error) ? 1 : 0;
}
