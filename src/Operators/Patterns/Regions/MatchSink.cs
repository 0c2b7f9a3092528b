using ActorStreams.Operators.Late;

namespace ActorStreams.Operators.Patterns.Regions;

/// <summary>An output of a region of patterns, whatever goes into it: rows wait there until they are sent.</summary>
internal abstract class MatchSink
{
    public abstract bool IsEmpty { get; }

    /// <summary>Whether there is a chunk to send.</summary>
    public abstract bool IsFull { get; }

    /// <returns>Whether everything is out and more may follow.</returns>
    public abstract bool Send();

    public abstract void OnWatermark(long watermark);
}

/// <summary>Turns matches into rows.</summary>
internal abstract class MatchSink<TMatch> : MatchSink
{
    /// <summary>Calls user code; if it throws nothing was added.</summary>
    public abstract void Add(TMatch match, long time);
}

/// <summary>One row a match, or any number of them.</summary>
internal sealed class MatchSink<TMatch, TOut>(Func<TMatch, TOut>? one, Func<TMatch, IEnumerable<TOut>>? many, RowOutput<TOut> output)
    : MatchSink<TMatch>
{
    public override bool IsEmpty => output.IsEmpty;

    public override bool IsFull => output.IsFull;

    public override void Add(TMatch match, long time)
    {
        if (one is not null)
        {
            output.Add(one(match), time);
            return;
        }

        int before = output.Count;
        try
        {
            foreach (TOut row in many!(match))
                output.Add(row, time);
        }
        catch
        {
            output.TakeBack(before);
            throw;
        }
    }

    public override bool Send() => output.Send();

    public override void OnWatermark(long watermark) => output.OnWatermark(watermark);
}

/// <summary>Everything that a region of patterns puts out: matches, what there is beside them, late rows.</summary>
internal abstract class MatchOutputs<TRow>(LateOutput<TRow> late, params MatchSink?[] sinks) : IUnsent
{
    private readonly MatchSink[] _sinks = [.. sinks.OfType<MatchSink>()];

    public LateOutput<TRow> Late => late;

    public bool IsEmpty => Array.TrueForAll(_sinks, static sink => sink.IsEmpty);

    /// <summary>Whether there is a chunk to send.</summary>
    public bool IsFull
    {
        get
        {
            foreach (MatchSink sink in _sinks)
            {
                if (sink.IsFull)
                    return true;
            }

            return false;
        }
    }

    /// <returns>Whether everything is out and more may follow.</returns>
    public bool Send()
    {
        foreach (MatchSink sink in _sinks)
        {
            if (!sink.Send())
                return false;
        }

        return true;
    }

    public void OnWatermark(long watermark)
    {
        foreach (MatchSink sink in _sinks)
            sink.OnWatermark(watermark);
        late.OnWatermark(watermark);
    }
}

/// <summary>The outputs of one kind of region.</summary>
internal class MatchOutputs<TRow, TMatch, TTimedOut>(
    LateOutput<TRow> late, MatchSink<TMatch> matches, MatchSink<TTimedOut>? timedOut, params MatchSink?[] others)
    : MatchOutputs<TRow>(late, [matches, timedOut, .. others])
{
    public MatchSink<TMatch> Matches => matches;

    public MatchSink<TTimedOut>? TimedOut => timedOut;
}
