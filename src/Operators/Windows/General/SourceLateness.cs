namespace ActorStreams.Operators.Windows.General;

/// <summary>Where lateness can be judged by source, and where not.</summary>
internal static class SourceLateness
{
    /// <exception cref="PipelineException">It cannot; the message says why, and what to do.</exception>
    public static void Check<T>(string pipeline, string name, StreamNode input, WindowOptions<T> options)
    {
        if (options.IsProcessingTime)
            Refuse("no row is late for windows in processing time", $"Leave {nameof(Lateness)} out");
        if (options.IsTwoPhase)
            Refuse($"with {nameof(WindowedStream<,>.TwoPhase)} rows are added up before they come to the operator",
                $"Leave {nameof(WindowedStream<,>.TwoPhase)} out");
        if (options.Windows is { MergesTouching: true })
            Refuse($"sessions that only touch are merged or not, depending on which comes first ({nameof(SessionWindows.MergeTouching)})",
                "Let sessions merge where they overlap");
        if (options.Windows is { Merges: true, MaximumLength: not EventTime.MaxValue })
            Refuse("what sessions of a limited length take in depends on the order of rows", "Leave the limit out");
        if (Unknown(input, []) is { } node)
        {
            Refuse($"its rows come by way of '{node.Name}' ({node.Kind}), whose output does not carry how far the source partition of a row was complete",
                $"Window the rows before that, or write them to a topic and read that {nameof(SourceStream<>.WithWatermarks)}");
        }

        void Refuse(string why, string remedy) => throw new PipelineException(
            $"Pipeline '{pipeline}', operator '{name}': lateness cannot be judged by source ({nameof(Lateness)}.{nameof(Lateness.BySource)}), because {why}. {remedy}, or let the operator judge ({nameof(Lateness)}.{nameof(Lateness.ByOperator)}).");
    }

    /// <summary>The first node upstream whose rows come without source watermarks.</summary>
    private static StreamNode? Unknown(StreamNode node, HashSet<StreamNode> seen)
    {
        if (!seen.Add(node))
            return null;
        if (node.SourceWatermarksFrom is not { } from)
            return node;
        foreach (StreamNode input in from)
        {
            if (Unknown(input, seen) is { } unknown)
                return unknown;
        }

        return null;
    }
}
