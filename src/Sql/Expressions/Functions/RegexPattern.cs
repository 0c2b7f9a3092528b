using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Regular expressions as PostgreSQL writes them, in those of .NET. Patterns without references back run in linear time; others
/// end after a second.</summary>
internal static class RegexPattern
{
    private const int MaxKept = 1000, MaxLength = 10_000;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);
    private static readonly ConcurrentDictionary<(string, string), Regex> s_known = [];

    public static Regex Of(string pattern, string flags)
    {
        if (s_known.TryGetValue((pattern, flags), out Regex? known))
            return known;
        if (s_known.Count >= MaxKept)
            s_known.Clear();
        return s_known.GetOrAdd((pattern, flags), static key => Make(key.Item1, key.Item2));
    }

    /// <summary>\1 and \&amp; as .NET writes them.</summary>
    public static string Replacement(string with, int groups)
    {
        var made = new StringBuilder(with.Length);
        for (int at = 0; at < with.Length; at++)
        {
            char one = with[at];
            if (one == '$')
            {
                made.Append("$$");
            }
            else if (one == '\\' && at + 1 < with.Length)
            {
                char next = with[++at];
                if (next == '&')
                    made.Append("$0");
                else if (next is >= '1' and <= '9')
                    made.Append(next - '0' < groups ? $"${{{next}}}" : "");
                else if (next == '\\')
                    made.Append('\\');
                else
                    made.Append('\\').Append(next == '$' ? "$$" : next.ToString());
            }
            else
            {
                made.Append(one);
            }
        }

        return made.ToString();
    }

    private static Regex Make(string pattern, string flags)
    {
        RegexOptions options = RegexOptions.CultureInvariant | RegexOptions.Singleline;
        foreach (char flag in flags)
        {
            options = flag switch
            {
                'i' => options | RegexOptions.IgnoreCase,
                'c' => options & ~RegexOptions.IgnoreCase,
                's' => (options | RegexOptions.Singleline) & ~RegexOptions.Multiline,
                'n' or 'm' => (options | RegexOptions.Multiline) & ~RegexOptions.Singleline,
                'w' => options | RegexOptions.Multiline,
                'p' => options & ~RegexOptions.Singleline,
                'x' => options | RegexOptions.IgnorePatternWhitespace,
                't' or 'q' or 'b' or 'e' => options,
                _ => throw new SqlFault(SqlState.InvalidParameterValue, $"invalid regular expression option: \"{flag}\""),
            };
        }

        if (pattern.Length > MaxLength)
            throw new SqlFault(SqlState.ProgramLimitExceeded, $"the regular expression is longer than {MaxLength} characters");
        string translated = flags.Contains('q', StringComparison.Ordinal) ? Regex.Escape(pattern) : Translate(pattern);
        try
        {
            try
            {
                return new Regex(translated, options | RegexOptions.NonBacktracking, s_limit);
            }
            catch (NotSupportedException)
            {
                return new Regex(translated, options, s_limit);
            }
        }
        catch (ArgumentException error)
        {
            throw new SqlFault(SqlState.InvalidRegularExpression, $"invalid regular expression: {error.Message}", inner: error);
        }
    }

    private static string Translate(string pattern)
    {
        var made = new StringBuilder(pattern.Length + 8);
        bool inClass = false;
        for (int at = 0; at < pattern.Length; at++)
        {
            char one = pattern[at];
            if (one == '\\' && at + 1 < pattern.Length)
            {
                char next = pattern[++at];
                made.Append(next switch
                {
                    'm' => @"\b(?=\w)",
                    'M' => @"\b(?<=\w)",
                    'y' => @"\b",
                    'Y' => @"\B",
                    'A' => @"\A",
                    'Z' => @"\z",
                    'd' => inClass ? "0-9" : "[0-9]",
                    _ => "\\" + next,
                });
            }
            else if (inClass && one == '[' && at + 1 < pattern.Length && pattern[at + 1] == ':')
            {
                int end = pattern.IndexOf(":]", at, StringComparison.Ordinal);
                if (end < 0)
                    throw new SqlFault(SqlState.InvalidRegularExpression, "invalid regular expression: brackets [] not balanced");
                made.Append(ClassOf(pattern[(at + 2)..end]));
                at = end + 1;
            }
            else if (inClass)
            {
                made.Append(one == '[' ? "\\[" : one.ToString());
                inClass = one != ']';
            }
            else if (one == '[')
            {
                inClass = true;
                made.Append('[');
                if (at + 1 < pattern.Length && pattern[at + 1] == '^')
                {
                    made.Append('^');
                    at++;
                }

                if (at + 1 < pattern.Length && pattern[at + 1] == ']')
                {
                    made.Append("\\]");
                    at++;
                }
            }
            else if (one == '$')
            {
                made.Append(@"\z");
            }
            else
            {
                made.Append(one);
            }
        }

        return made.ToString();
    }

    private static string ClassOf(string name) => name switch
    {
        "alpha" => @"\p{L}",
        "digit" => "0-9",
        "alnum" => @"\p{L}0-9",
        "upper" => @"\p{Lu}",
        "lower" => @"\p{Ll}",
        "space" => @"\s",
        "blank" => @" \t",
        "punct" => @"!-/:-@\[-`{-~",
        "xdigit" => "0-9A-Fa-f",
        "word" => @"\w",
        "cntrl" => @"\x00-\x1f\x7f",
        "graph" => "!-~",
        "print" => " -~",
        _ => throw new SqlFault(SqlState.InvalidRegularExpression, "invalid regular expression: invalid character class"),
    };
}
