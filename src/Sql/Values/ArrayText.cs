using System.Text;
using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Values;

/// <summary>Arrays as PostgreSQL prints and reads them: <c>{1,NULL,"a b"}</c>.</summary>
internal static class ArrayText
{
    public static string Of(ISqlArray array)
    {
        var text = new StringBuilder("{");
        for (int at = 0; at < array.Count; at++)
        {
            if (at > 0)
                text.Append(',');
            object? item = array[at];
            if (item is null)
                text.Append("NULL");
            else
                Append(text, item is bool flag ? flag ? "t" : "f" : ValueText.Of(item));
        }

        return text.Append('}').ToString();
    }

    /// <summary>The elements of a text; null for NULL.</summary>
    /// <exception cref="SqlFault">It is no array of one dimension (22P02).</exception>
    public static List<string?> Parse(string text)
    {
        string bare = text.Trim();
        var items = new List<string?>();
        if (bare.Length < 2 || bare[0] != '{' || bare[^1] != '}')
            throw Malformed(text);
        int at = 1, end = bare.Length - 1;
        if (bare.AsSpan(1, end - 1).Trim().IsEmpty)
            return items;
        while (true)
        {
            while (at < end && char.IsWhiteSpace(bare[at]))
                at++;
            items.Add(at < end && bare[at] == '"' ? Quoted() : Plain());
            while (at < end && char.IsWhiteSpace(bare[at]))
                at++;
            if (at == end)
                return items;
            if (bare[at++] != ',')
                throw Malformed(text);
        }

        string Quoted()
        {
            var item = new StringBuilder();
            for (at++; at < end && bare[at] != '"'; at++)
                item.Append(bare[at] == '\\' && at + 1 < end ? bare[++at] : bare[at]);
            if (at >= end)
                throw Malformed(text);
            at++;
            return item.ToString();
        }

        string? Plain()
        {
            var item = new StringBuilder();
            for (; at < end && bare[at] != ','; at++)
            {
                if (bare[at] is '{' or '}' or '"')
                    throw Malformed(text);
                item.Append(bare[at] == '\\' && at + 1 < end ? bare[++at] : bare[at]);
            }

            string plain = item.ToString().TrimEnd();
            return plain.Length == 0 ? throw Malformed(text) : plain.Equals("null", StringComparison.OrdinalIgnoreCase) ? null : plain;
        }
    }

    private static void Append(StringBuilder text, string item)
    {
        bool isQuoted = item.Length == 0 || item.Equals("null", StringComparison.OrdinalIgnoreCase) ||
            item.AsSpan().IndexOfAny("{},\"\\ \t\n\r\v\f") >= 0;
        if (!isQuoted)
        {
            text.Append(item);
            return;
        }

        text.Append('"').Append(item.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal))
            .Append('"');
    }

    private static SqlFault Malformed(string text) => new(SqlState.InvalidTextRepresentation, $"malformed array literal: \"{text}\"");
}
