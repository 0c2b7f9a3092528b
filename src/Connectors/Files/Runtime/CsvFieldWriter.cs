using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Writes the fields of CSV records, quoting what needs it.</summary>
internal sealed class CsvFieldWriter(RowBytes bytes, char separator)
{
    private readonly SearchValues<byte> _quoted = SearchValues.Create((byte)separator, (byte)'"', (byte)'\r', (byte)'\n');
    private int _field;

    /// <summary>Where the next byte goes.</summary>
    public int Count => bytes.Count;

    /// <summary>Forgets a record that was begun there.</summary>
    public void CutTo(int start)
    {
        bytes.CutTo(start);
        _field = 0;
    }

    /// <summary>Begins the next field.</summary>
    public void Begin()
    {
        if (_field++ > 0)
            bytes.Add((byte)separator);
    }

    /// <summary>Leaves a record as if it had never begun.</summary>
    public void Abandon(int start)
    {
        bytes.CutTo(start);
        _field = 0;
    }

    public int Position => bytes.Count;

    public void EndRecord()
    {
        bytes.Add((byte)'\n');
        _field = 0;
    }

    /// <summary>Text; an empty one is <c>""</c>, so that it is not null.</summary>
    public void Text(string? text)
    {
        if (text is null)
            return;
        int start = bytes.Count;
        Span<byte> room = bytes.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        if (Utf8.FromUtf16(text, room, out _, out int length, replaceInvalidSequences: false) != OperationStatus.Done)
            throw new SinkException(UnicodeText.FaultOf(text)!);
        bytes.Advance(length);
        QuoteFrom(start);
    }

    public void Boolean(bool value) => bytes.Add(value ? "true"u8 : "false"u8);

    public void Instant(DateTimeOffset value) => bytes.Advance(Iso8601.Format(value, bytes.GetSpan(Iso8601.MaxBytes)));

    /// <summary>A value that formats itself; numbers and the like with the invariant culture, floating point so that it reads back the
    /// same.</summary>
    public void Formattable<TValue>(TValue value)
        where TValue : IUtf8SpanFormattable
    {
        int start = bytes.Count, size = 64;
        int length;
        while (!value.TryFormat(bytes.GetSpan(size), out length, default, CultureInfo.InvariantCulture))
            size *= 2;
        bytes.Advance(length);
        QuoteFrom(start);
    }

    /// <summary>One UTF-16 unit.</summary>
    public void Character(char value) => Text(value.ToString());

    /// <summary>Quotes what was written from <paramref name="start"/> on, if it needs that.</summary>
    private void QuoteFrom(int start)
    {
        ReadOnlySpan<byte> raw = bytes.From(start);
        bool needed = raw.IsEmpty || raw.ContainsAny(_quoted) || raw[0] == ' ' || raw[^1] == ' ';
        if (!needed)
            return;
        int length = raw.Length, added = 2 + raw.Count((byte)'"');
        bytes.GetSpan(added);
        bytes.Advance(added);
        Span<byte> field = bytes.From(start);
        int to = field.Length - 1;
        field[to--] = (byte)'"';
        for (int at = length - 1; at >= 0; at--)           // from the end, so that nothing is overwritten before it moved
        {
            byte one = field[at];
            field[to--] = one;
            if (one == '"')
                field[to--] = one;
        }

        field[0] = (byte)'"';
    }
}
