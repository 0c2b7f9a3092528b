using ActorStreams.Cluster.Links;

namespace ActorStreams.Simulation.Tests.Nodes;

/// <summary>What connections have carried, for those that come after them.</summary>
internal sealed class NodeOldPieces
{
    private readonly HashSet<(int From, int To)> _asked = [];
    private readonly Dictionary<(int From, int To), List<byte[]>> _kept = [];
    private readonly Dictionary<object, ((int From, int To) Way, List<byte[]> Pieces)> _keeping = [];

    /// <summary>Keeps what the next connection from one machine to another carries up to its first barrier.</summary>
    public void Keep(int from, int to) => _asked.Add((from, to));

    /// <summary>A connection has opened, and is about to carry its first rows.</summary>
    /// <returns>What it brings before them: each piece has whole frames.</returns>
    public IReadOnlyList<byte[]> Open((int From, int To) way, object line)
    {
        if (_kept.Remove(way, out List<byte[]>? pieces))
            return pieces;
        if (_asked.Remove(way))
            _keeping[line] = (way, []);
        return [];
    }

    /// <summary>A connection carries a piece.</summary>
    /// <returns>Whether the connection breaks instead.</returns>
    public bool Takes(object line, byte[] piece)
    {
        if (!_keeping.TryGetValue(line, out ((int From, int To) Way, List<byte[]> Pieces) keeping))
            return false;
        keeping.Pieces.Add(piece);
        if (!HasBarrier(piece))
            return false;
        _kept[keeping.Way] = keeping.Pieces;
        return _keeping.Remove(line);
    }

    private static bool HasBarrier(ReadOnlySpan<byte> piece)
    {
        while (piece.Length > 0)
        {
            if (FrameHeader.Read(piece, out FrameHeader header) is not null || header.Kind == FrameKind.Barrier)
                return header.Kind == FrameKind.Barrier;
            piece = piece[(FrameHeader.Size + header.Length)..];
        }

        return false;
    }
}
