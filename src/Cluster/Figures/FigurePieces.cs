using Akka.Actor;

namespace ActorStreams.Cluster.Figures;

/// <summary>Puts together what came in pieces. Pieces of one sender come in order; where one is lost, the whole is dropped.</summary>
internal sealed class FigurePieces
{
    private readonly List<byte> _bytes = [];

    /// <summary>Sends something in as many pieces as it takes.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="node">Who tells.</param>
    /// <param name="bytes">The whole.</param>
    /// <param name="most">How many bytes a piece may have.</param>
    /// <param name="to">Who is told.</param>
    /// <param name="self">The sender.</param>
    public static void Tell(long attempt, string node, byte[] bytes, int most, ICanTell to, IActorRef self)
    {
        for (int offset = 0; offset < bytes.Length; offset += most)
            to.Tell(new FiguresTold(attempt, node, offset, bytes.Length, bytes[offset..Math.Min(bytes.Length, offset + most)]), self);
    }

    /// <summary>Takes a piece.</summary>
    /// <returns>The whole, with its last piece; null: there is more to come, or something was lost.</returns>
    public byte[]? Take(FiguresTold piece)
    {
        if (piece.Offset == 0)
            _bytes.Clear();
        if (piece.Offset != _bytes.Count)
            return null;
        _bytes.AddRange(piece.Bytes);
        if (_bytes.Count < piece.Total)
            return null;
        byte[] whole = [.. _bytes];
        _bytes.Clear();
        return whole;
    }
}
