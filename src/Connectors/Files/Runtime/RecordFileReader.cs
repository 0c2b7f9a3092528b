using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Reads a file of records: splits on bytes, counts lines, keeps the offset of the next record.</summary>
/// <remarks>
/// The same bytes give the same rows and rejections wherever reading began and however the window was filled: a record that is
/// not whole within the limit, or is not well formed, costs its first line; reading goes on with the next line.
/// </remarks>
internal abstract class RecordFileReader<T>(FileWindow window, string file, long line, int maxRecordBytes) : SourceReader<T>
{
    private const int PayloadBytes = 4096;
    private const int StateBytes = sizeof(long) + FileTrace.EncodedBytes;

    /// <summary>The lines before the window; -1 if reading began at an offset without them.</summary>
    private long _line = line;
    private long _checkedTo = -1;
    private bool _isAscii;

    protected FileWindow Window { get; } = window;

    public override SourceOffset Offset
    {
        get
        {
            byte[] state = new byte[StateBytes];
            BinaryPrimitives.WriteInt64LittleEndian(state, _line);
            Window.Trace.Encode(state.AsSpan(sizeof(long)));
            return new SourceOffset(Window.Position, state);
        }
    }

    /// <summary>The line count that an offset carries; -1 if none.</summary>
    public static long LinesBefore(SourceOffset offset) =>
        offset.State is { Length: sizeof(long) or StateBytes } state ? BinaryPrimitives.ReadInt64LittleEndian(state) : -1;

    /// <summary>What an offset tells of the content that was read.</summary>
    public static FileTrace? TraceBefore(SourceOffset? offset) =>
        offset?.State is { Length: StateBytes } state ? FileTrace.Decode(state.AsSpan(sizeof(long))) : null;

    public override async ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadRecords(buffer);
            if (buffer.IsFull)
                return true;
            if ((Window.Length > maxRecordBytes && !Window.IsCut) || (Window.Ended && Window.Length > 0))
                await RejectUnfinishedAsync(buffer, cancellation);
            else if (!Window.HasMore)
                return buffer.Count + buffer.Rejected.Count > 0;
            else
                await Window.FillAsync(cancellation);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await Window.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>Takes every record that is whole in the window, until the buffer is full.</summary>
    protected abstract void ReadRecords(SourceBuffer<T> buffer);

    /// <summary>What is wrong with a record that is not whole although the file has ended.</summary>
    protected abstract string Unfinished { get; }

    /// <summary>Whether the first <paramref name="length"/> bytes are UTF-8. A window that is all ASCII, as most are, is looked at
    /// once.</summary>
    protected bool IsUtf8(int length)
    {
        long end = Window.Position + Window.Length;
        if (end != _checkedTo)
            (_checkedTo, _isAscii) = (end, Ascii.IsValid(Window.Bytes));
        return _isAscii || Utf8.IsValid(Window.Bytes[..length]);
    }

    protected int MaxRecordBytes => maxRecordBytes;

    protected string TooLong => $"the record is longer than {maxRecordBytes} bytes; raise MaxRecordBytes if it is meant to be";

    /// <summary>Lets go of a record on <paramref name="lines"/> lines; one that ends with the file may yet get its line feed, which then
    /// counts.</summary>
    protected void Consume(int length, int lines)
    {
        if (_line >= 0)
            _line += Window.Array[Window.Start + length - 1] == '\n' ? lines : lines - 1;
        Window.Advance(length);
    }

    /// <summary>Rejects the first <paramref name="length"/> bytes, which are <paramref name="lines"/> lines.</summary>
    protected void Reject(SourceBuffer<T> buffer, int length, int lines, string what, Exception? inner = null)
    {
        ReadOnlySpan<byte> payload = Window.Bytes[..Math.Min(length, PayloadBytes)].TrimEnd("\r\n"u8);
        buffer.Reject(Encoding.UTF8.GetString(payload), new SourceException($"{Place}: {what}.", inner), Window.Position);
        Consume(length, lines);
    }

    /// <summary>Rejects the first line, which is whole in the window or ends with the file.</summary>
    protected void RejectLine(SourceBuffer<T> buffer, string what)
    {
        int newLine = Window.Bytes.IndexOf((byte)'\n');
        Reject(buffer, newLine < 0 ? Window.Length : newLine + 1, 1, what);
    }

    private string Place => _line < 0 ? $"{file}, byte {Window.Position}" : $"{file}, line {_line + 1}";

    private async ValueTask RejectUnfinishedAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
    {
        string what = Window.Length > maxRecordBytes ? TooLong : Unfinished;
        bool whole = Window.Ended || Window.Bytes.Contains((byte)'\n');
        RejectLine(buffer, what);
        while (!whole)
        {
            cancellation.ThrowIfCancellationRequested();
            await Window.FillAsync(cancellation);
            int newLine = Window.Bytes.IndexOf((byte)'\n');
            whole = newLine >= 0 || !Window.HasMore;
            Window.Advance(newLine < 0 ? Window.Length : newLine + 1);
            if (newLine >= 0 && _line >= 0)
                _line++;
        }
    }
}
