namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Texts by characters of Unicode, of which a few take two units of UTF-16.</summary>
internal static class Points
{
    public static int Count(string text)
    {
        if (IsPlain(text))
            return text.Length;
        int count = text.Length;
        for (int at = 0; at + 1 < text.Length; at++)
        {
            if (char.IsHighSurrogate(text[at]) && char.IsLowSurrogate(text[at + 1]))
                count--;
        }

        return count;
    }

    /// <summary>A part by characters; it ends where the text ends.</summary>
    public static string Part(string text, int start, int count)
    {
        if (count <= 0)
            return "";
        if (IsPlain(text))
            return start >= text.Length ? "" : text.Substring(start, Math.Min(count, text.Length - start));
        int from = Place(text, 0, start), to = Place(text, from, count);
        return text[from..to];
    }

    /// <summary>The character, from 1, that a unit belongs to.</summary>
    public static int CharacterOf(string text, int unit) => IsPlain(text) ? unit + 1 : Count(text[..unit]) + 1;

    /// <summary>The characters, each as a text.</summary>
    public static string[] All(string text)
    {
        var all = new List<string>(text.Length);
        for (int at = 0; at < text.Length;)
        {
            int next = Place(text, at, 1);
            all.Add(text[at..next]);
            at = next;
        }

        return [.. all];
    }

    /// <summary>The unit that lies so many characters behind another; the end if there are fewer.</summary>
    public static int Place(string text, int from, int characters)
    {
        int at = from;
        for (; characters > 0 && at < text.Length; characters--)
            at += char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;
        return at;
    }

    private static bool IsPlain(string text) => text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0;
}
