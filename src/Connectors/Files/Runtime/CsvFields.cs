using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>How far a record could be split.</summary>
internal enum CsvSplit
{
    /// <summary>The record is whole.</summary>
    Whole,

    /// <summary>The bytes end inside the record.</summary>
    Unfinished,

    /// <summary>Something stands between a closing quote and the next separator.</summary>
    TextAfterQuote,
}

/// <summary>The fields of one record, as places in the window's array; used again for every record.</summary>
/// <remarks>RFC 4180; a quote inside an unquoted field is text, as most writers mean it.</remarks>
internal sealed class CsvFields(byte separator)
{
    private const byte Quote = (byte)'"', NewLine = (byte)'\n', Return = (byte)'\r';

    private const int ShortTextShift = 64 - 8;

    private readonly ShortText[] _shortTexts = new ShortText[256];
    private Field[] _fields = new Field[16];
    private byte[] _bytes = [];
    private byte[] _unescaped = [];

    public byte Separator => separator;

    public int Count { get; private set; }

    /// <summary>The bytes of the record, its line end included.</summary>
    public int Length { get; private set; }

    /// <summary>The lines it stands on.</summary>
    public int Lines { get; private set; }

    /// <summary>The first column that did not hold what was wanted; -1 if all did.</summary>
    public int FailedColumn { get; private set; } = -1;

    /// <summary>What was wanted there.</summary>
    public Type? WantedType { get; private set; }

    /// <summary>Whether the record is an empty line.</summary>
    public bool IsBlank => Count == 1 && _fields[0] is { Length: 0, Quoted: false };

    /// <summary>Splits the record that begins at <paramref name="start"/>.</summary>
    /// <param name="bytes">The window's array.</param>
    /// <param name="start">Where the record begins.</param>
    /// <param name="end">Where the window ends.</param>
    /// <param name="ended">Whether the file ends there too.</param>
    public CsvSplit Split(byte[] bytes, int start, int end, bool ended)
    {
        (_bytes, Count, Lines, FailedColumn) = (bytes, 0, 1, -1);
        int at = start;
        while (true)
        {
            if (Count == _fields.Length)
                Array.Resize(ref _fields, Count * 2);

            CsvSplit split = at < end && bytes[at] == Quote ? Quoted(ref at, end, ended) : Plain(ref at, end, ended);
            if (split != CsvSplit.Whole)
                return split;

            // `at` stands on the separator, on the line feed, or at the end of the file
            if (at == end || bytes[at] == NewLine)
                break;
            at++;
        }

        Length = Math.Min(at + 1, end) - start;
        return CsvSplit.Whole;
    }

    /// <summary>Takes the record that begins at <paramref name="start"/> and holds no quote, if its fields are those between the
    /// marks.</summary>
    /// <param name="bytes">The window's array.</param>
    /// <param name="start">Where the record begins.</param>
    /// <param name="marks">The next separators and line ends, as many as the record should have fields.</param>
    public bool TryTake(byte[] bytes, int start, ReadOnlySpan<int> marks)
    {
        if (_fields.Length < marks.Length)
            Array.Resize(ref _fields, marks.Length);
        Span<Field> fields = _fields.AsSpan(0, marks.Length);
        int field = start, last = marks.Length - 1;
        for (int column = 0; column < last; column++)
        {
            int mark = marks[column];
            if (bytes[mark] == NewLine)
                return false;
            fields[column] = new Field(field, mark - field, false, false);
            field = mark + 1;
        }

        int end = marks[last];
        if (bytes[end] != NewLine)
            return false;
        int content = end > field && bytes[end - 1] == Return ? end - 1 : end;
        if (content == start)
            return false;                                  // an empty line
        fields[last] = new Field(field, content - field, false, false);
        (_bytes, Count, Lines, FailedColumn, Length) = (bytes, marks.Length, 1, -1, end + 1 - start);
        return true;
    }

    /// <summary>Reads a field that is an integer of up to 16 digits; false for any other field, also for integers written
    /// otherwise.</summary>
    public bool TryShortInteger(int column, out long value)
    {
        ref readonly Field field = ref _fields[column];
        return DecimalDigits.TryRead(_bytes, field.Start, field.Length, out value);
    }

    /// <summary>The content of a field, quotes taken away; valid until the next call.</summary>
    public ReadOnlySpan<byte> this[int column]
    {
        get
        {
            ref readonly Field field = ref _fields[column];
            ReadOnlySpan<byte> raw = _bytes.AsSpan(field.Start, field.Length);
            return field.Escaped ? Unescape(raw) : raw;
        }
    }

    /// <summary>Whether a field holds nothing and is not quoted: a null.</summary>
    public bool IsNull(int column) => _fields[column] is { Length: 0, Quoted: false };

    /// <summary>Notes that a field did not hold what was wanted.</summary>
    public void Fail(int column, Type wanted)
    {
        if (FailedColumn < 0)
            (FailedColumn, WantedType) = (column, wanted);
    }

    /// <summary>A field as text; short ones that come again and again (codes, names of states) are made once.</summary>
    public string Text(int column)
    {
        ReadOnlySpan<byte> text = this[column];
        if (text.Length is 0 or > sizeof(ulong))
            return Encoding.UTF8.GetString(text);
        ulong key = 0;
        text.CopyTo(MemoryMarshal.AsBytes(new Span<ulong>(ref key)));
        ref ShortText known = ref _shortTexts[(int)((key * 0x9E37_79B9_7F4A_7C15) >> ShortTextShift)];
        if (known.Key != key || known.Length != text.Length)
            known = new ShortText(key, text.Length, Encoding.UTF8.GetString(text));
        return known.Text;
    }

    /// <summary>Takes an unquoted field, and those behind it up to one that is quoted.</summary>
    /// <remarks>
    /// 32 bytes at a time: the marks among them are the bits of one number. A search per field takes 1.5 times as long for records of many
    /// short fields (the earthquakes of the examples).
    /// </remarks>
    private CsvSplit Plain(ref int at, int end, bool ended)
    {
        Vector256<byte> separators = Vector256.Create(separator), newLines = Vector256.Create(NewLine), quotes = Vector256.Create(Quote);
        byte[] bytes = _bytes;
        Field[] fields = _fields;
        int start = at, count = Count;
        for (int block = at; end - block >= Vector256<byte>.Count; block += Vector256<byte>.Count)
        {
            Vector256<byte> piece = Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(bytes), (nuint)block);
            uint marks =
                (Vector256.Equals(piece, separators) | Vector256.Equals(piece, newLines) | Vector256.Equals(piece,
                quotes)).ExtractMostSignificantBits();
            for (; marks != 0; marks &= marks - 1)
            {
                int mark = block + BitOperations.TrailingZeroCount(marks);
                byte kind = bytes[mark];
                if (kind == Quote)
                {
                    if (mark != start)
                        continue;                          // inside a field a quote is text
                    (at, Count) = (start - 1, count);      // back to the separator: the field that begins here is quoted
                    return CsvSplit.Whole;
                }

                if (count == fields.Length)
                {
                    Array.Resize(ref _fields, count * 2);
                    fields = _fields;
                }

                int content = kind == NewLine && mark > start && bytes[mark - 1] == Return ? mark - 1 : mark;
                fields[count++] = new Field(start, content - start, false, false);
                if (kind == NewLine)
                {
                    (at, Count) = (mark, count);
                    return CsvSplit.Whole;
                }

                start = mark + 1;
            }
        }

        (at, Count) = (start, count);
        return LastPlain(ref at, end, ended);
    }

    /// <summary>Takes one unquoted field near the end of the window.</summary>
    private CsvSplit LastPlain(ref int at, int end, bool ended)
    {
        if (at < end && _bytes[at] == Quote)
        {
            at--;
            return CsvSplit.Whole;
        }

        if (Count == _fields.Length)
            Array.Resize(ref _fields, Count * 2);
        int length = _bytes.AsSpan(at, end - at).IndexOfAny(separator, NewLine);
        if (length < 0)
        {
            if (!ended)
                return CsvSplit.Unfinished;
            length = end - at;
        }

        int start = at;
        at += length;
        bool endsLine = at == end || _bytes[at] == NewLine;
        int content = endsLine && length > 0 && _bytes[at - 1] == Return ? length - 1 : length;
        _fields[Count++] = new Field(start, content, false, false);
        return CsvSplit.Whole;
    }

    private CsvSplit Quoted(ref int at, int end, bool ended)
    {
        int start = at + 1, close = start;
        bool escaped = false;
        while (true)
        {
            int found = _bytes.AsSpan(close, end - close).IndexOfAny(Quote, NewLine);
            if (found < 0)
                return CsvSplit.Unfinished;
            close += found;
            if (_bytes[close] == NewLine)
            {
                Lines++;
                close++;
                continue;
            }

            if (close + 1 == end && !ended)
                return CsvSplit.Unfinished;               // the next byte decides whether this quote closes the field
            if (close + 1 == end || _bytes[close + 1] != Quote)
                break;
            escaped = true;
            close += 2;
        }

        at = close + 1;
        if (at < end && _bytes[at] == Return)
        {
            if (at + 1 == end && !ended)
                return CsvSplit.Unfinished;
            if (at + 1 == end || _bytes[at + 1] == NewLine)
                at++;
        }

        if (at < end && _bytes[at] != separator && _bytes[at] != NewLine)
            return CsvSplit.TextAfterQuote;
        if (at == end && !ended)
            return CsvSplit.Unfinished;
        _fields[Count++] = new Field(start, close - start, true, escaped);
        return CsvSplit.Whole;
    }

    private ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> raw)
    {
        if (_unescaped.Length < raw.Length)
            _unescaped = new byte[Math.Max(raw.Length, 256)];
        int length = 0;
        while (true)
        {
            int quote = raw.IndexOf(Quote);
            int copy = quote < 0 ? raw.Length : quote + 1;
            raw[..copy].CopyTo(_unescaped.AsSpan(length));
            length += copy;
            if (quote < 0)
                return _unescaped.AsSpan(0, length);
            raw = raw[(quote + 2)..];
        }
    }

    private readonly record struct ShortText(ulong Key, int Length, string Text);

    private readonly record struct Field(int Start, int Length, bool Quoted, bool Escaped);
}
