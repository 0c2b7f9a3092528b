namespace ActorStreams.Cluster.Links;

/// <summary>Where the bytes of one frame go, piece after piece: the columns of a batch, or a buffer. Reused from frame to frame.</summary>
internal sealed class FrameBody
{
    private readonly Memory<byte>[] _pieces = new Memory<byte>[4];
    private int _count;
    private int _piece;
    private int _at;

    /// <summary>Bytes that are still to come.</summary>
    public int Missing { get; private set; }

    /// <summary>What is still to be filled of the present piece.</summary>
    public Memory<byte> Next => _pieces[_piece][_at..];

    public void Clear() => _count = _piece = _at = Missing = 0;

    /// <summary>Another piece; empty ones are none.</summary>
    public void Add(Memory<byte> piece)
    {
        if (piece.IsEmpty)
            return;
        _pieces[_count++] = piece;
        Missing += piece.Length;
    }

    /// <summary>Copies what belongs to this frame.</summary>
    /// <returns>How many bytes that was.</returns>
    public int Take(ReadOnlySpan<byte> bytes)
    {
        int taken = 0;
        while (Missing > 0 && taken < bytes.Length)
        {
            Span<byte> room = Next.Span;
            int count = Math.Min(room.Length, bytes.Length - taken);
            bytes.Slice(taken, count).CopyTo(room);
            Filled(count);
            taken += count;
        }

        return taken;
    }

    /// <summary>So many bytes have been put into <see cref="Next"/>.</summary>
    public void Filled(int count)
    {
        Missing -= count;
        _at += count;
        if (_at == _pieces[_piece].Length)
            (_piece, _at) = (_piece + 1, 0);
    }

    /// <summary>The CRC-32C of all that has come.</summary>
    public uint Checksum()
    {
        uint checksum = 0;
        for (int piece = 0; piece < _count; piece++)
            checksum = Crc32C.Append(checksum, _pieces[piece].Span);
        return checksum;
    }
}
