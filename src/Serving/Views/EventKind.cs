namespace ActorStreams.Serving.Views;

/// <summary>What an event of a subscription says.</summary>
internal enum EventKind
{
    /// <summary>A row that is there.</summary>
    Snapshot,

    /// <summary>A row that was not there before.</summary>
    Insert,

    /// <summary>A row that is replaced by the next event's.</summary>
    UpdateBefore,

    /// <summary>A row that replaces the last event's.</summary>
    UpdateAfter,

    /// <summary>A row that is there no more.</summary>
    Delete,

    /// <summary>All of an epoch is told: a client goes on after it.</summary>
    Progress,

    /// <summary>Why no more is told.</summary>
    Error,

    /// <summary>The job has ended.</summary>
    End,
}

/// <summary>How kinds are written.</summary>
internal static class EventKinds
{
    public static string Text(this EventKind kind) => kind switch
    {
        EventKind.Snapshot => "snapshot",
        EventKind.Insert => "insert",
        EventKind.UpdateBefore => "update_before",
        EventKind.UpdateAfter => "update_after",
        EventKind.Delete => "delete",
        EventKind.Progress => "progress",
        EventKind.Error => "error",
        _ => "end",
    };
}
