using System.Buffers;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Rows as bytes, collected until they are written; kept and used again.</summary>
internal sealed class RowBytes : IBufferWriter<byte>
{
    private byte[] _bytes = new byte[64 * 1024];

    public int Count { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Count);

    /// <summary>What was written from <paramref name="start"/> on.</summary>
    public Span<byte> From(int start) => _bytes.AsSpan(start, Count - start);

    public void Clear() => Count = 0;

    /// <summary>Forgets what was written from <paramref name="count"/> on.</summary>
    public void CutTo(int count) => Count = count;

    public void Advance(int count) => Count += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Count);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(Count);
    }

    public void Add(byte value)
    {
        Reserve(1);
        _bytes[Count++] = value;
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Count));
        Count += bytes.Length;
    }

    private void Reserve(int size)
    {
        if (_bytes.Length - Count < Math.Max(size, 1))
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Count + size));
    }
}
