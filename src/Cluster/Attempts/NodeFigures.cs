using ActorStreams.Cluster.Figures;
using ActorStreams.Core.Jobs;

namespace ActorStreams.Cluster.Attempts;

/// <summary>What the nodes of an attempt have told last of their instances. It is told in turns of the coordinator's, and read from any
/// thread.</summary>
internal sealed class NodeFigures
{
    private readonly Dictionary<string, FigurePieces> _pieces = new(StringComparer.Ordinal);
    private Dictionary<string, InstanceFigures> _told = new(StringComparer.Ordinal);

    /// <summary>A node has told a piece.</summary>
    /// <param name="told">The piece.</param>
    /// <param name="now">The moment (<see cref="Core.Sources.SourceClockwork.Now"/>).</param>
    public void Take(FiguresTold told, long now)
    {
        if (!_pieces.TryGetValue(told.Node, out FigurePieces? pieces))
            _pieces.Add(told.Node, pieces = new FigurePieces());
        if (pieces.Take(told) is { } whole && FigureBytes.Read(whole, told.Node, now) is { } figures)
            Volatile.Write(ref _told, new Dictionary<string, InstanceFigures>(_told, StringComparer.Ordinal) { [told.Node] = figures });
    }

    /// <summary>What all instances show; null: some node has not told yet.</summary>
    /// <param name="places">The node of each instance; none: they are not known yet.</param>
    public InstanceFigures? Sum(IReadOnlyList<AttemptNode?> places)
    {
        Dictionary<string, InstanceFigures> told = Volatile.Read(ref _told);
        return places.Count == 0 || places.Any(node => !told.ContainsKey(node!.Name)) ? null : InstanceFigures.Sum(told.Values);
    }
}
