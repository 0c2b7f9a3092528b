namespace ActorStreams.Operators.Patterns.Regions;

/// <summary>An output beside the matches (timed-out ones, confirmed ones), whatever its rows are.</summary>
internal interface ISideOutput<TMatch>
{
    /// <summary>Adds it to the pipeline; the operator is in it already.</summary>
    void Open(Pipeline pipeline, StreamNode owner);

    /// <summary>What takes such matches in one region.</summary>
    MatchSink<TMatch> Sink(StageBuild build);
}

/// <summary>Further outputs of pattern operators that are being described.</summary>
internal static class SideOutput
{
    /// <summary>The timed-out matches.</summary>
    public static ISideOutput<TMatch> TimedOut<TMatch, TOut>(Pipeline pipeline, string name, Func<TMatch, TOut> select,
        out Stream<TOut> rows) =>
        Of(pipeline, name, "timed-out", "timed-out matches", select, out rows);

    /// <param name="pipeline">The pipeline.</param>
    /// <param name="name">The operator's name.</param>
    /// <param name="suffix">What the name of the output adds to it.</param>
    /// <param name="what">What comes out, for messages.</param>
    /// <param name="select">The row of a match.</param>
    /// <param name="rows">The rows, to be read once the operator is there.</param>
    public static ISideOutput<TMatch> Of<TMatch, TOut>(
        Pipeline pipeline, string name, string suffix, string what, Func<TMatch, TOut> select, out Stream<TOut> rows)
    {
        rows = new Stream<TOut>(pipeline, $"the {what} of '{name}' can be read after its last verb (Select, SelectMany) was called.");
        return new SideOutput<TMatch, TOut>(suffix, select, rows);
    }
}

/// <summary>A row for each of such matches.</summary>
/// <param name="suffix">What its name adds to the operator's.</param>
/// <param name="select">Makes the row.</param>
/// <param name="rows">The rows, opened once there are any.</param>
internal sealed class SideOutput<TMatch, TOut>(string suffix, Func<TMatch, TOut> select, Stream<TOut> rows) : ISideOutput<TMatch>
{
    private SideNode<TOut>? _node;

    public void Open(Pipeline pipeline, StreamNode owner)
    {
        _node = new SideNode<TOut>($"{owner.Name}-{suffix}", owner);
        pipeline.Add(_node);
        rows.Open(_node);
    }

    public MatchSink<TMatch> Sink(StageBuild build) =>
        new MatchSink<TMatch, TOut>(select, null, new RowOutput<TOut>(build.Context, build.Downstream(_node!)));
}
