using ActorStreams.Authoring;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Pipelines;

namespace ActorStreams.Operators.Tests.Stateless;

/// <summary>Passes everything on and tells what came by, rows and watermarks, in order.</summary>
internal static class WatchOperator
{
    public static Stream<T> Watch<T>(this Stream<T> source, Action<T, long, long>? row = null, Action<long>? watermark = null) =>
        source.Add(new WatchNode<T>(source.Pipeline.NameFor("watch"), source.Node, row, watermark));
}

internal sealed class WatchNode<T>(string name, StreamNode<T> input, Action<T, long, long>? row, Action<long>? watermark)
    : OperatorNode<T, T>(name, "watch", input)
{
    public override Receiver<T> Attach(StageBuild build) => new Watch<T>(build.Downstream(this), row, watermark);
}

internal sealed class Watch<T>(Receiver<T> output, Action<T, long, long>? onRow, Action<long>? onWatermark) : Receiver<T>
{
    public override void OnChunk(in Chunk<T> chunk)
    {
        for (int row = 0; row < chunk.Count; row++)
            onRow?.Invoke(chunk.Rows[row], chunk.Times[row], chunk.PositionOf(row));
        output.OnChunk(chunk);
    }

    public override void OnWatermark(long watermark)
    {
        onWatermark?.Invoke(watermark);
        output.OnWatermark(watermark);
    }
}
