using System.Globalization;
using System.Text;

namespace ActorStreams;

/// <summary>
/// The one rule for text that is no Unicode, because it holds half of a surrogate pair: our own codec (state, keys, topics) keeps it as
/// it is; whatever outside reads as text
/// (files, table columns) refuses the row, which then goes where the error policy says. It is never replaced without a word.
/// </summary>
public static class UnicodeText
{
    /// <summary>Where the first half of a surrogate pair without the other half stands; -1: the text is Unicode.</summary>
    public static int FirstLoneSurrogate(ReadOnlySpan<char> text)
    {
        int at = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        while (at >= 0)
        {
            if (Rune.DecodeFromUtf16(text[at..], out _, out int length) != System.Buffers.OperationStatus.Done)
                return at;
            int next = text[(at + length)..].IndexOfAnyInRange('\uD800', '\uDFFF');
            at = next < 0 ? -1 : at + length + next;
        }

        return -1;
    }

    /// <summary>What is wrong with a text that outside is read as such, and what to do; null: nothing.</summary>
    public static string? FaultOf(ReadOnlySpan<char> text) =>
        FirstLoneSurrogate(text) is var at and >= 0
            ? string.Create(CultureInfo.InvariantCulture,
                $"the text is not Unicode: at position {at} it holds U+{(int)text[at]:X4}, half of a surrogate pair. Correct it where the row is made, or store bytes.")
            : null;

    /// <summary>The same for a column of a table: PostgreSQL cannot hold U+0000 either.</summary>
    public static string? FaultOfColumn(ReadOnlySpan<char> text) =>
        text.Contains('\0')
            ? "the text contains U+0000, which PostgreSQL cannot hold, so that no table takes it. Remove it in the column's function, or store bytes." : FaultOf(text);
}
