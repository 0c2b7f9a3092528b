namespace ActorStreams.Core.Exchange;

/// <summary>What a lane brings besides rows.</summary>
/// <param name="Lane">The lane, as its receiver numbers them.</param>
/// <param name="Message">A watermark, idleness or a barrier.</param>
internal sealed record LaneSignal(int Lane, LaneMessage Message);

/// <summary>The receiver of a lane has taken some of what was sent, and as much may follow.</summary>
/// <param name="Outlet">The lane, as its sender numbers them.</param>
/// <param name="Count">How many messages.</param>
internal sealed record LaneCredit(int Outlet, int Count);

/// <summary>Something that the instance looks at by itself has changed: a call has returned, a timer is due.</summary>
internal sealed class StageWake
{
    public static readonly StageWake Now = new();

    private StageWake()
    {
    }
}

/// <summary>A source is to end the epoch.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="Kind">Whether more follow.</param>
internal sealed record BarrierRequest(long Epoch, BarrierKind Kind);

/// <summary>A source is held back while the store takes nothing, or goes on.</summary>
/// <param name="IsPaused">Which.</param>
internal sealed record PauseRequest(bool IsPaused);

/// <summary>A source's input ends, after what was handed over before.</summary>
/// <param name="EndsByItself">The source gives its end by itself.</param>
internal sealed record DrainRequest(bool EndsByItself);
