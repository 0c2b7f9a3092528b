using System.Text;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Patterns of SIMILAR TO as regular expressions.</summary>
internal static class SimilarPattern
{
    public static string ToRegex(string pattern, string escape)
    {
        if (escape.Length > 1)
            throw new SqlFault(SqlState.InvalidEscapeSequence, "invalid escape string");
        var made = new StringBuilder("^(?:");
        bool inClass = false;
        for (int at = 0; at < pattern.Length; at++)
        {
            char one = pattern[at];
            if (escape.Length == 1 && one == escape[0])
            {
                if (at + 1 < pattern.Length)
                    made.Append(char.IsAsciiLetterOrDigit(pattern[at + 1]) ? pattern[++at].ToString() : "\\" + pattern[++at]);
            }
            else if (inClass)
            {
                made.Append(one == '\\' ? "\\\\" : one.ToString());
                inClass = one != ']';
            }
            else
            {
                inClass = one == '[';
                made.Append(one switch
                {
                    '%' => ".*",
                    '_' => ".",
                    '(' => "(?:",
                    '\\' or '.' or '^' or '$' => "\\" + one,
                    _ => one.ToString(),
                });
            }
        }

        return made.Append(")$").ToString();
    }
}
