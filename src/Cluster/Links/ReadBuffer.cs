namespace ActorStreams.Cluster.Links;

/// <summary>Memory for what cannot be received where it belongs, reused from frame to frame of a connection. It grows to the longest frame,
/// which is bounded.</summary>
internal sealed class ReadBuffer
{
    private byte[] _bytes = new byte[1024];
    private int _length;

    /// <summary>What was received.</summary>
    public ReadOnlySpan<byte> Received => _bytes.AsSpan(0, _length);

    /// <summary>Room for a frame's bytes; what was received before is gone.</summary>
    public Memory<byte> Take(int length)
    {
        if (length > _bytes.Length)
            _bytes = new byte[Math.Max(length, (int)Math.Min(Array.MaxLength, _bytes.Length * 2L))];
        _length = length;
        return _bytes.AsMemory(0, length);
    }
}
