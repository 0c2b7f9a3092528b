namespace ActorStreams.Core.Pipelines;

/// <summary>What an operator needs event times for.</summary>
/// <param name="For">What would come of it without them, as in <c>its windows are completed by the watermark</c>.</param>
/// <param name="Instead">What can be done without event time; null: nothing.</param>
internal sealed record EventTimeNeed(string For, string? Instead = null);

/// <summary>Which rows have event times, and a watermark that follows them: those of sources that say where it is found, or bring
/// it.</summary>
internal sealed class EventTimeFlow
{
    private readonly HashSet<StreamNode> _timed = [];
    private readonly string _pipeline;

    /// <exception cref="PipelineException">An operator needs event times, and its rows have none.</exception>
    public EventTimeFlow(Pipeline pipeline)
    {
        _pipeline = pipeline.Name;
        foreach (StreamNode node in pipeline.Nodes)
        {
            if (node.EventTimeNeed is { } need && node.EventTimeNeededFrom.FirstOrDefault(input => !_timed.Contains(input)) is { } without)
                throw Refused(node, need, without);
            if (node.BringsEventTime || (node.EventTimesFrom.Count > 0 && node.EventTimesFrom.All(_timed.Contains)))
                _timed.Add(node);
        }
    }

    /// <summary>Whether the rows of a node have event times.</summary>
    public bool Has(StreamNode node) => _timed.Contains(node);

    /// <summary>What is missing where rows are to have event times, and what to do.</summary>
    public string Remedy(StreamNode without)
    {
        while (without.EventTimesFrom.FirstOrDefault(input => !_timed.Contains(input)) is { } before)
            without = before;
        return $"the rows of source '{without.Name}' come without event times. Say where they are found: " +
            $".Read(\"{without.Name}\", …).WithEventTime(row => row.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(10)))";
    }

    private PipelineException Refused(StreamNode node, EventTimeNeed need, StreamNode without) => new(
        $"Pipeline '{_pipeline}', operator '{node.Name}' [{node.Kind}]: {need.For}, and {Remedy(without)}{(need.Instead is null ? "" : $"; or {need.Instead}")}.");
}
