using System.Text.RegularExpressions;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>LIKE, SIMILAR TO and regular expressions.</summary>
internal static class TextPatterns
{
    [SqlOperator("~~"), SqlFunction("like")]
    public static bool Like(string text, string pattern) => LikePattern.Of(pattern, "\\", ignoresCase: false).IsMatch(text);

    [SqlOperator("!~~"), SqlFunction("notlike")]
    public static bool NotLike(string text, string pattern) => !Like(text, pattern);

    [SqlOperator("~~*"), SqlFunction("ilike")]
    public static bool ILike(string text, string pattern) => LikePattern.Of(pattern, "\\", ignoresCase: true).IsMatch(text);

    [SqlOperator("!~~*"), SqlFunction("notilike")]
    public static bool NotILike(string text, string pattern) => !ILike(text, pattern);

    [SqlFunction("like")]
    public static bool Like(string text, string pattern, string escape) =>
        LikePattern.Of(pattern, escape, ignoresCase: false).IsMatch(text);

    [SqlFunction("ilike")]
    public static bool ILike(string text, string pattern, string escape) =>
        LikePattern.Of(pattern, escape, ignoresCase: true).IsMatch(text);

    [SqlFunction("similar_to")]
    public static bool Similar(string text, string pattern) => Similar(text, pattern, "\\");

    [SqlFunction("similar_to")]
    public static bool Similar(string text, string pattern, string escape) =>
        RegexPattern.Of(SimilarPattern.ToRegex(pattern, escape), "").IsMatch(text);

    [SqlOperator("~")]
    public static bool Matches(string text, string pattern) => RegexPattern.Of(pattern, "").IsMatch(text);

    [SqlOperator("!~")]
    public static bool DoesNotMatch(string text, string pattern) => !Matches(text, pattern);

    [SqlOperator("~*")]
    public static bool MatchesAnyCase(string text, string pattern) => RegexPattern.Of(pattern, "i").IsMatch(text);

    [SqlOperator("!~*")]
    public static bool DoesNotMatchAnyCase(string text, string pattern) => !MatchesAnyCase(text, pattern);

    [SqlFunction("regexp_like")]
    public static bool IsLike(string text, string pattern) => Matches(text, pattern);

    [SqlFunction("regexp_like")]
    public static bool IsLike(string text, string pattern, string flags) => RegexPattern.Of(pattern, NotGlobal(flags)).IsMatch(text);

    [SqlFunction("regexp_match", MayBeNull = true)]
    public static SqlArray<string>? Match(string text, string pattern) => Match(text, pattern, "");

    [SqlFunction("regexp_match", MayBeNull = true)]
    public static SqlArray<string>? Match(string text, string pattern, string flags)
    {
        Match match = RegexPattern.Of(pattern, NotGlobal(flags)).Match(text);
        if (!match.Success)
            return null;
        if (match.Groups.Count == 1)
            return new SqlArray<string>([match.Value]);
        Group[] groups = [.. match.Groups.Values.Skip(1)];
        return new SqlArray<string>([.. groups.Select(static one => one.Value)],
            Array.TrueForAll(groups, static one => one.Success) ? null : [.. groups.Select(static one => !one.Success)]);
    }

    [SqlFunction("substring", MayBeNull = true)]
    public static string? Substring(string text, string pattern)
    {
        Match match = RegexPattern.Of(pattern, "").Match(text);
        Group group = match.Groups.Count > 1 ? match.Groups[1] : match;
        return match.Success && group.Success ? group.Value : null;
    }

    [SqlFunction("regexp_substr", MayBeNull = true)]
    public static string? RegexSubstring(string text, string pattern) =>
        RegexPattern.Of(pattern, "").Match(text) is { Success: true } match ? match.Value : null;

    [SqlFunction("regexp_count")]
    public static int Count(string text, string pattern) => RegexPattern.Of(pattern, "").Matches(text).Count;

    [SqlFunction("regexp_instr")]
    public static int Instr(string text, string pattern) =>
        RegexPattern.Of(pattern, "").Match(text) is { Success: true } match ? Points.CharacterOf(text, match.Index) : 0;

    [SqlFunction("regexp_replace")]
    public static string Replace(string text, string pattern, string with) => Replace(text, pattern, with, "");

    [SqlFunction("regexp_replace")]
    public static string Replace(string text, string pattern, string with, string flags)
    {
        bool all = flags.Contains('g', StringComparison.Ordinal);
        Regex regex = RegexPattern.Of(pattern, flags.Replace("g", "", StringComparison.Ordinal));
        string replacement = RegexPattern.Replacement(with, regex.GetGroupNumbers().Length);
        return regex.Replace(text, replacement, all ? -1 : 1);
    }

    [SqlFunction("regexp_split_to_array")]
    public static SqlArray<string> Split(string text, string pattern) => Split(text, pattern, "");

    [SqlFunction("regexp_split_to_array")]
    public static SqlArray<string> Split(string text, string pattern, string flags)
    {
        var parts = new List<string>();
        int start = 0;
        foreach (Match match in RegexPattern.Of(pattern, NotGlobal(flags)).Matches(text))
        {
            if (match.Length == 0 && (match.Index == 0 || match.Index >= text.Length || match.Index == start))
                continue;
            parts.Add(text[start..match.Index]);
            start = match.Index + match.Length;
        }

        parts.Add(text[start..]);
        return new SqlArray<string>([.. parts]);
    }

    private static string NotGlobal(string flags) => flags.Contains('g', StringComparison.Ordinal)
        ? throw new SqlFault(SqlState.InvalidParameterValue, "regexp functions of one match do not support the \"global\" option")
        : flags;
}
