using ActorStreams.Core.Actors;
using ActorStreams.Core.Pipelines;

namespace ActorStreams.Operators.Patterns.Runtime;

/// <summary>An output beside the matches (timed-out ones, confirmed ones), whatever its rows are.</summary>
internal interface ISideOutput<TMatch>
{
    /// <summary>Adds it to the pipeline; the operator is in it already.</summary>
    void Open(Pipeline pipeline, StreamNode owner);

    /// <summary>What takes such matches in one region.</summary>
    MatchSink<TMatch> Sink(ActorBuild build);
}

/// <summary>A row for each of such matches.</summary>
/// <param name="suffix">What its name adds to the operator's.</param>
/// <param name="select">Makes the row.</param>
/// <param name="opened">Told of the stream of rows, once there is one.</param>
internal sealed class SideOutput<TMatch, TOut>(string suffix, Func<TMatch, TOut> select, Action<Stream<TOut>> opened) : ISideOutput<TMatch>
{
    private SideNode<TOut>? _node;

    public void Open(Pipeline pipeline, StreamNode owner)
    {
        _node = new SideNode<TOut>($"{owner.Name}-{suffix}", owner);
        pipeline.Add(_node);
        opened(new Stream<TOut>(pipeline, _node));
    }

    public MatchSink<TMatch> Sink(ActorBuild build) => new MatchSink<TMatch, TOut>(select, null, new RowOutput<TOut>(build.Context, build.Downstream(_node!)));
}
