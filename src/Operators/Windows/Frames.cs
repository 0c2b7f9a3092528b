namespace ActorStreams;

/// <summary>What a result that follows each row is computed of, as SQL's frame clause after <c>OVER (PARTITION BY … ORDER BY time
/// …)</c>.</summary>
public static class Frames
{
    /// <summary>The rows of the key in (time − <paramref name="size"/>, time], time being the row's own.</summary>
    /// <param name="size">At least one microsecond. A row exactly that much older is not in the frame any more; SQL's <c>RANGE BETWEEN …
    /// PRECEDING</c> still has it.</param>
    /// <remarks>Rows of equal event time are peers, as in SQL: each is in the other's frame, and all have the same result.</remarks>
    /// <exception cref="PipelineException"><paramref name="size"/> is not positive.</exception>
    public static Frame Range(TimeSpan size) => size.ToMicros() > 0
        ? new Frame(size.ToMicros(), 0)
        : throw new PipelineException($"A frame of {size} is not possible: it must be at least a microsecond.");

    /// <summary>The last <paramref name="count"/> rows of the key in the order of event time, the row itself included; fewer, while there
    /// are fewer.</summary>
    /// <param name="count">At least 1. That many rows of every key are kept for good.</param>
    /// <remarks>Rows of equal event time follow each other in the order of their arrival, and are no peers, as in SQL's
    /// <c>ROWS</c>.</remarks>
    /// <exception cref="PipelineException"><paramref name="count"/> is not positive.</exception>
    public static Frame Rows(int count) => count > 0
        ? new Frame(0, count)
        : throw new PipelineException($"A frame of {count} rows is not possible: it must be at least 1.");
}

/// <summary>The rows that belong to a row's result: see <see cref="Frames"/>.</summary>
public sealed class Frame
{
    private const long LongestStep = 1_000_000;
    private const int StepsPerFrame = 10;

    internal Frame(long size, int count)
    {
        (Size, Count) = (size, count);
        Step = LongestStep;
        while (IsRange && Step > 1 && Step > size / StepsPerFrame)
            Step /= 10;
    }

    /// <summary>How far the frame reaches back, in microseconds.</summary>
    internal long Size { get; }

    internal int Count { get; }

    internal bool IsRange => Count == 0;

    /// <summary>The steps in which the operator looks at event time, in microseconds.</summary>
    internal long Step { get; }

    /// <inheritdoc/>
    public override string ToString() => IsRange ? $"the last {TimeSpan.FromMicroseconds(Size)}" : $"the last {Count} rows";

    /// <summary>What is complete at a watermark: whole steps, so that a restart finds the same rows late.</summary>
    internal long Complete(long watermark) =>
        watermark is EventTime.MinValue or EventTime.MaxValue ? watermark : watermark - EventTime.FloorMod(watermark, Step);
}
