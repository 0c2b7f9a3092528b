using ActorStreams.Operators.Joins;

namespace ActorStreams;

/// <summary>Joins of two streams whose rows fall into the same window, whatever kind of window that is.</summary>
public static class WindowJoinOperator
{
    /// <summary>Pairs left and right rows of one key in each window that both fall into: in several windows, where these overlap.</summary>
    /// <param name="left">The left rows, by key.</param>
    /// <param name="name">Stable and unique in the pipeline: the waiting rows are stored under it.</param>
    /// <param name="right">The right rows, by the same type of key.</param>
    /// <param name="windows">Windows of any kind; in sessions both sides' rows keep a session open.</param>
    /// <param name="type">Which rows come out of a window.</param>
    /// <param name="options">How long a complete window still waits for late rows; null: not at all.</param>
    /// <param name="errors">What becomes of a row on which user code throws; null: as the job's options say.</param>
    /// <returns>
    /// (TKey, TLeft) × (TKey, TRight) → the pairs of each window, in no promised order. In tumbling windows a row meets its partners at
    /// once, as in <see cref="IntervalJoinOperator.IntervalJoin"/>: at the later event time of the two. In all others pairs come when no
    /// further row can fall into the window, at its last event time.
    /// </returns>
    /// <remarks>
    /// <para>Tumbling windows: keeps each row until its window is complete; a late row is joined with what is still kept. All else is as in
    /// <see cref="IntervalJoinOperator.IntervalJoin"/>.</para>
    /// <para>Other windows: keeps each row for as long as its windows are open, once for each window (in hopping windows: for each slice);
    /// a window that an epoch touched is stored whole. A window of n left and m right rows of one key gives n × m pairs.</para>
    /// <para>A row without a key (null) has no partner. A row that comes when its windows are closed goes to the dead letters, as with
    /// every window.</para>
    /// </remarks>
    /// <exception cref="PipelineException">The name is taken, the streams belong to two pipelines, or
    /// <see cref="StreamJoinOptions.RetainFor"/> is given where it has no meaning: what a window gives that is not tumbling comes out
    /// once.</exception>
    /// <seealso href="https://nightlies.apache.org/flink/flink-docs-stable/docs/dev/datastream/operators/joining/#window-join">Flink's
    /// window join.</seealso>
    public static Stream<Joined<TLeft, TRight>> WindowJoin<TKey, TLeft, TRight>(
        this KeyedStream<TKey, TLeft> left, string name, KeyedStream<TKey, TRight> right, WindowAssigner windows,
        JoinType type = JoinType.Inner, StreamJoinOptions? options = null, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        ArgumentNullException.ThrowIfNull(windows);
        if (windows is TumblingWindows tumbling)
        {
            var partners = new WindowPartners(tumbling.Size, tumbling.Offset);
            long step = EventTime.GreatestCommonDivisor(partners.Size, partners.Offset);
            return IntervalJoinOperator.Add(left, name, right, partners, type, options, errors, step, "window-join", $"{tumbling}");
        }

        options ??= new StreamJoinOptions();
        options.Validate(left.Stream.Pipeline.Name, name);
        if (options.RetainFor != TimeSpan.Zero)
        {
            throw new PipelineException(
                $"Pipeline '{left.Stream.Pipeline.Name}', operator '{name}': {nameof(StreamJoinOptions.RetainFor)} has no meaning for " +
                $"{windows}; set {nameof(StreamJoinOptions.AllowedLateness)}, how long a complete window waits for late rows.");
        }

        Func<TLeft, TKey> leftKeyOf = left.KeyOf;
        Func<TRight, TKey> rightKeyOf = right.KeyOf;
        Stream<WindowResult<TKey, IReadOnlyList<Joined<TLeft, TRight>>>> held = left.Stream.Map(Joined<TLeft, TRight>.OfLeft)
            .Union(right.Stream.Map(Joined<TLeft, TRight>.OfRight))
            .KeyBy(row => row.HasLeft ? leftKeyOf(row.Left!) : rightKeyOf(row.Right!))
            .Window(name, windows, errors).AllowedLateness(options.AllowedLateness).EmitOnClose()
            .Aggregate(Aggregate.Of<Joined<TLeft, TRight>>().Collect(static row => row));
        return held.FlatMap(window => Pairs(window.Key is not null, window.Result, type), errors: errors).Of(held.Named);
    }

    private static IEnumerable<Joined<TLeft, TRight>> Pairs<TLeft,
        TRight>(bool hasKey, IReadOnlyList<Joined<TLeft, TRight>> rows, JoinType type)
    {
        int lefts = hasKey ? rows.Count(static row => row.HasLeft) : 0, rights = hasKey ? rows.Count - lefts : 0;
        foreach (Joined<TLeft, TRight> one in rows)
        {
            if (!one.HasLeft)
            {
                if (lefts == 0 && type.EmitsRight())
                    yield return one;
                continue;
            }

            if (rights == 0 ? type.EmitsLeft() : type == JoinType.Semi)
                yield return one;
            if (rights == 0 || !type.EmitsPairs())
                continue;
            foreach (Joined<TLeft, TRight> other in rows)
            {
                if (other.HasRight)
                    yield return Joined<TLeft, TRight>.Of(one.Left!, other.Right!);
            }
        }
    }
}
