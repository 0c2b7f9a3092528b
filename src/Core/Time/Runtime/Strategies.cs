namespace ActorStreams.Core.Time.Runtime;

internal sealed class BoundedOutOfOrderness(TimeSpan bound) : WatermarkStrategy
{
    public override string Description => bound == TimeSpan.Zero ? "monotonic" : $"bounded out-of-orderness {bound}";

    internal override bool FollowsTimes => true;

    internal override PartitionWatermark<T> Begin<T>() => new BoundedWatermark<T>(bound.ToMicros());
}

internal sealed class DeclaredBySource : WatermarkStrategy
{
    public override string Description => "declared by the source";

    internal override PartitionWatermark<T> Begin<T>() => new DeclaredWatermark<T>();
}

internal sealed class Adaptive(AdaptiveSettings settings) : WatermarkStrategy
{
    public override string Description => FormattableString.Invariant($"adaptive, completeness {settings.Completeness}");

    internal override bool FollowsTimes => true;

    internal override PartitionWatermark<T> Begin<T>() => new AdaptiveWatermark<T>(settings);
}

/// <summary>A strategy made for one type of row.</summary>
internal abstract class StrategyFor<TRow> : WatermarkStrategy
{
    internal sealed override PartitionWatermark<T> Begin<T>() => Begin() as PartitionWatermark<T>
        ?? throw new PipelineException(
            $"The watermarks '{Description}' are made for rows of type {typeof(TRow)}, but the source's rows are {typeof(T)}.");

    protected abstract PartitionWatermark<TRow> Begin();
}

internal sealed class PunctuatedByInstant<T>(Func<T, DateTimeOffset?> watermarkOf) : StrategyFor<T>
{
    public override string Description => "punctuated";

    protected override PartitionWatermark<T> Begin() => new GeneratedWatermark<T, InstantOf<T>>(new InstantOf<T>(watermarkOf));
}

internal sealed class PunctuatedByMicros<T>(Func<T, long?> watermarkOf) : StrategyFor<T>
{
    public override string Description => "punctuated";

    protected override PartitionWatermark<T> Begin() => new GeneratedWatermark<T, MicrosOf<T>>(new MicrosOf<T>(watermarkOf));
}

internal sealed class UserWatermarks<T, TGenerator>(TGenerator start, string description) : StrategyFor<T>
    where TGenerator : struct, IWatermarkGenerator<T>
{
    public override string Description { get; } = description;

    protected override PartitionWatermark<T> Begin()
    {
        try
        {
            return new StoredGeneratorWatermark<T, TGenerator>(start);
        }
        catch (CodecException error)
        {
            throw new PipelineException($"The watermark generator {typeof(TGenerator)} cannot be stored. {error.Message}", error);
        }
    }
}
