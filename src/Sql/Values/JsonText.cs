using System.Globalization;
using System.Text;

namespace ActorStreams.Sql.Values;

/// <summary>Writes JSON the two ways PostgreSQL does.</summary>
internal static class JsonText
{
    /// <exception cref="SqlFault">It is no JSON (22P02).</exception>
    public static Json Checked(string text)
    {
        JsonNode.Parse(text);
        return new Json(text);
    }

    public static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char one in value)
        {
            _ = one switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)one:x4}"),
                _ => text.Append(one),
            };
        }

        text.Append('"');
    }
}
