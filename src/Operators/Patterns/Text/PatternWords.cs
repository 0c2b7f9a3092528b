using ActorStreams.Core;

namespace ActorStreams.Operators.Patterns.Text;

/// <summary>The words of the text form, and names that are none of them.</summary>
internal static class PatternWords
{
    public const string Where = "where", Until = "until", Greedy = "greedy", Consecutive = "consecutive", Combinations = "combinations",
        Within = "within",
        Previous = "previous", Loop = "loop", Each = "each", Skip = "skip", Max = "max", And = "and", Or = "or", Not = "not", Any = "any";

    public static IReadOnlyList<(string Word, Contiguity Contiguity)> Links { get; } =
    [
        ("next", Contiguity.Strict), ("followedBy", Contiguity.Relaxed), ("followedByAny", Contiguity.Any), ("notNext", Contiguity.NotNext),
        ("notFollowedBy", Contiguity.NotFollowedBy),
    ];

    private static readonly HashSet<string> s_reserved = new(
        [.. Links.Select(link => link.Word), Where, Until, Greedy, Consecutive, Combinations, Within, Skip, Max, And, Or, Not, Any],
            StringComparer.Ordinal);

    public static bool IsReserved(string word) => s_reserved.Contains(word);

    public static bool StartsWord(char letter) => letter == '_' || char.IsLetter(letter);

    public static bool ContinuesWord(char letter) => letter is '_' or '-' || char.IsLetterOrDigit(letter);

    /// <summary>A name as the text has it: in quotes unless it is a word that means nothing else.</summary>
    public static string Quoted(string name) =>
        name.Length > 0 && StartsWord(name[0]) && name.All(ContinuesWord) && !IsReserved(name) ? name
            : $"'{name.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>The word that was probably meant: the same but for the case of its letters, or one slip away; else null.</summary>
    public static string? Nearest(string written, IEnumerable<string> known) =>
        known.Select(word => (Word: word, Slips: Slips(written, word)))
            .Where(one => one.Slips <= Math.Max(1, one.Word.Length / 4) && one.Slips * 2 <= one.Word.Length)
            .OrderBy(one => one.Slips).Select(one => one.Word).FirstOrDefault();

    /// <summary>Letters to insert, drop or change, whatever their case.</summary>
    private static int Slips(string first, string second) => EditDistance.Of(first.ToUpperInvariant(), second.ToUpperInvariant());
}
