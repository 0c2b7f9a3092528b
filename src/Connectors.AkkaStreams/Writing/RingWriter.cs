using ActorStreams.Authoring;
using ActorStreams.Connectors.AkkaStreams.Bridges;

namespace ActorStreams.Connectors.AkkaStreams.Writing;

/// <summary>Writes rows to a ring, and waits for its reader where it is full.</summary>
internal sealed class RingWriter<T>(RowRing<T> ring)
{
    private readonly List<T> _rest = [];

    /// <summary>There are rows for which the ring had no room: <see cref="FlushAsync"/>.</summary>
    public bool IsFull => _rest.Count > 0;

    /// <summary>Never waits.</summary>
    public void Write(in Chunk<T> chunk)
    {
        if (chunk.Count == 0)
            return;
        int written = _rest.Count > 0 ? 0 : ring.Write(chunk.Rows);
        ring.TellWritten();
        _rest.AddRange(chunk.Rows[written..]);
    }

    /// <summary>Waits until every row is in the ring, or the ring is closed.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellation)
    {
        while (_rest.Count > 0)
        {
            int written = ring.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_rest));
            _rest.RemoveRange(0, written);
            ring.TellWritten();
            if (_rest.Count == 0)
                return;
            await ring.UntilAsync(RingNeed.Room, cancellation);
            if (ring.IsClosed)
                return;
        }
    }
}
