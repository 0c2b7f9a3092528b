using Akka.Actor;
using Akka.Event;

namespace ActorStreams.Actors.Systems;

/// <summary>What jobs tell in an ActorSystem of the application's: each notice is an event of its stream, and a line of its log.</summary>
internal static class SystemNotices
{
    /// <summary>The same options, whose notices the system hears, too.</summary>
    /// <param name="options">Notices that they take are not logged.</param>
    /// <param name="system">The system.</param>
    public static JobOptions Tell(JobOptions options, ActorSystem system)
    {
        ILoggingAdapter log = Logging.GetLogger(system, "actorstreams");
        Action<JobNotice> own = options.OnNotice ?? (notice => log.Log(LevelOf(notice.Kind), notice.Error, "{0}", notice.Message));
        return options with
        {
            OnNotice = notice =>
            {
                system.EventStream.Publish(notice);
                own(notice);
            },
        };
    }

    /// <summary>How grave it is: information where things go on again, an error where the store takes nothing, else a warning.</summary>
    internal static LogLevel LevelOf(JobNoticeKind kind) => kind switch
    {
        JobNoticeKind.StoreAvailable or JobNoticeKind.StateKept or JobNoticeKind.GoesOn or JobNoticeKind.EpochGoesOn
            or JobNoticeKind.AttemptBegun or JobNoticeKind.Moving => LogLevel.InfoLevel,
        JobNoticeKind.StoreUnavailable => LogLevel.ErrorLevel,
        _ => LogLevel.WarningLevel,
    };
}
