using ActorStreams.Core.Exchange;

namespace ActorStreams.Core.Stages;

/// <summary>All outputs of an actor together: what every receiver is told, and batches that are sent before they are full.</summary>
internal sealed class StageOutputs(StageContext context, TimeSpan linger)
{
    private readonly long _lingerTicks = (long)(linger.TotalSeconds * context.Clock.TimestampFrequency);
    private long _flushedAt;

    public void SendToAll(in LaneMessage message)
    {
        foreach (OutputPort output in context.Outputs)
            output.SendToAll(message);
    }

    /// <returns>Whether anything was sent.</returns>
    public bool FlushPartial()
    {
        bool any = false;
        foreach (OutputPort output in context.Outputs)
        {
            if (!output.HasPartial)
                continue;
            output.FlushPartial();
            any = true;
        }

        if (any)
            _flushedAt = context.Clock.GetTimestamp();
        return any;
    }

    /// <summary>Sends what has waited for as long as rows may.</summary>
    /// <param name="now">The clock's timestamp.</param>
    public void Linger(long now)
    {
        if (context.Outputs.Length > 0 && now - _flushedAt >= _lingerTicks)
        {
            FlushPartial();
            _flushedAt = now;
        }
    }
}
