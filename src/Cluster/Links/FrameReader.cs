namespace ActorStreams.Cluster.Links;

/// <summary>Makes frames of the bytes of a connection, however they are cut into pieces. A synchronous machine: it says where the next
/// bytes go, and is told how many came.</summary>
/// <remarks>
/// What is long goes straight where it belongs, into the row arrays of a batch. What is shorter is read ahead into a buffer, many frames at
/// once, and copied: a system call costs as much as copying many kilobytes. The buffer is small until the other side is known.
/// </remarks>
/// <param name="taker">Takes the frames.</param>
internal sealed class FrameReader(IFrameTaker taker)
{
    /// <summary>Bytes that are read ahead of a stranger.</summary>
    private const int FirstAheadBytes = 4 * 1024;

    /// <summary>Bytes that are read ahead at most.</summary>
    private const int AheadBytes = 256 * 1024;

    private byte[] _ahead = new byte[FirstAheadBytes];
    private readonly FrameBody _body = new();
    private FrameHeader _header;
    private bool _isInBody;
    private int _end;

    /// <summary>Where the next bytes go; never empty.</summary>
    public Memory<byte> Room => IsStraight ? _body.Next : _ahead.AsMemory(_end);

    /// <summary>Nothing has been read of a frame that has not come to its end.</summary>
    public bool IsBetweenFrames => !_isInBody && _end == 0;

    private bool IsStraight => _isInBody && _end == 0 && _body.Next.Length >= _ahead.Length;

    /// <summary>Rows will come: more is read ahead from now on. May be called while a frame is being completed.</summary>
    public void Widen() => _ahead = new byte[AheadBytes];

    /// <summary>Bytes have come into <see cref="Room"/>.</summary>
    /// <returns>What is wrong with them, after which nothing more may be read; null: nothing.</returns>
    public LinkFault? Advance(int count)
    {
        if (IsStraight)
        {
            _body.Filled(count);
            return _body.Missing > 0 ? null : End();
        }

        _end += count;
        ReadOnlySpan<byte> rest = _ahead.AsSpan(0, _end);
        while (true)
        {
            if (!_isInBody)
            {
                if (rest.Length < FrameHeader.Size)
                    break;
                if ((FrameHeader.Read(rest, out _header) ?? Begin()) is { } refused)
                    return refused;
                rest = rest[FrameHeader.Size..];
            }

            rest = rest[_body.Take(rest)..];
            if (_body.Missing > 0)
                break;
            if (End() is { } fault)
                return fault;
        }

        rest.CopyTo(_ahead);                    // less than a header; it may be another buffer by now
        _end = rest.Length;
        return null;
    }

    private LinkFault? Begin()
    {
        _body.Clear();
        if (taker.Begin(_header, _body) is { } refused)
            return refused;
        if (_body.Missing != _header.Length)
            throw new InvalidOperationException($"{_body.Missing} bytes of room for a frame of {_header.Length}.");
        _isInBody = true;
        return null;
    }

    private LinkFault? End()
    {
        _isInBody = false;
        return _body.Checksum() == _header.PayloadChecksum ? taker.Complete(_header)
            : new LinkFault(LinkFaultKind.Checksum, $"The content of a frame of kind {_header.Kind} was damaged on its way.");
    }
}
