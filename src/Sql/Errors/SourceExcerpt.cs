using System.Text;

namespace ActorStreams.Sql.Errors;

/// <summary>The line of a text that a part of it begins in, and a line of carets below the part.</summary>
internal readonly record struct SourceExcerpt(int Line, int Column, string Text)
{
    /// <summary>How much of a long line is shown.</summary>
    private const int Width = 100;

    /// <summary>Lines and columns count from 1, columns by characters (UTF-16).</summary>
    public static SourceExcerpt Of(string text, SourceSpan span)
    {
        int start = Math.Clamp(span.Start, 0, text.Length);
        int line = 1, lineStart = 0;
        for (int at = 0; at < start; at++)
        {
            if (text[at] == '\n')
                (line, lineStart) = (line + 1, at + 1);
        }

        int lineEnd = text.AsSpan(start).IndexOfAny('\n', '\r') is var rest and >= 0 ? start + rest : text.Length;
        int from = lineEnd - lineStart <= Width ? lineStart : Math.Max(lineStart, Math.Min(start - (Width / 2), lineEnd - Width));
        int to = Math.Min(lineEnd, from + Width);
        int carets = Math.Max(1, Math.Min(Math.Min(span.End, lineEnd), to) - start);
        var shown = new StringBuilder("  ");
        string before = from > lineStart ? "…" : "";
        shown.Append(before);
        for (int at = from; at < to; at++)
            shown.Append(Shown(text[at]));
        shown.Append(to < lineEnd ? "…" : "").Append("\n  ").Append(' ', before.Length + start - from).Append('^', carets);
        return new SourceExcerpt(line, start - lineStart + 1, shown.ToString());
    }

    /// <summary>One column for one character, so that the carets stand below what they mean.</summary>
    private static char Shown(char character) => character is '\t' ? ' ' : char.IsControl(character) ? '\uFFFD' : character;
}
