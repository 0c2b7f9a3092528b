namespace ActorStreams;

/// <summary>The names of what operators count, for <see cref="JobMetrics.CounterOf"/> and for dashboards. A counter is of the job's whole
/// life, each row once, unless it says how many there are at present.</summary>
public static class Counters
{
    /// <summary>Rows that came in; of an operator with two inputs, those of both.</summary>
    public const string Rows = "rows";

    /// <summary>Rows that went to the dead letters because user code threw.</summary>
    public const string Errors = "errors";

    /// <summary>Late rows that are no part of the results: dropped, in the dead letters, or in a stream of late rows.</summary>
    public const string LateDropped = "late_dropped";

    /// <summary>Late rows of a join that were joined all the same, with what was still kept.</summary>
    public const string Late = "late";

    /// <summary>Rows for windows that a trigger has closed for good (<c>OrFinally</c>).</summary>
    public const string ClosedDropped = "closed_dropped";

    /// <summary>Rows that belong to no window.</summary>
    public const string Unassigned = "unassigned";

    /// <summary>Rows of a join that wait at present.</summary>
    public const string Buffered = "buffered";

    /// <summary>Rows without a key (null), which a table ignores.</summary>
    public const string NullKeys = "null_keys";

    /// <summary>Rows that were older than what a table had.</summary>
    public const string Outdated = "outdated";

    /// <summary>Rows that were to be taken back and had never come.</summary>
    public const string UnknownRetractions = "unknown_retractions";

    /// <summary>Rows of an id that had been there.</summary>
    public const string Duplicates = "duplicates";

    /// <summary>Ids that are remembered at present.</summary>
    public const string Remembered = "remembered";

    /// <summary>Calls that were made.</summary>
    public const string Calls = "calls";

    /// <summary>Rows whose lookup was answered from the cache.</summary>
    public const string CacheHits = "cache_hits";

    /// <summary>Calls that the other side has acknowledged.</summary>
    public const string Acknowledged = "acknowledged";

    /// <summary>Attempts that failed.</summary>
    public const string Failed = "failed";

    /// <summary>Calls that were given up.</summary>
    public const string GivenUp = "given_up";

    /// <summary>Calls that are not over at present.</summary>
    public const string Open = "open";

    /// <summary>Matches that were found.</summary>
    public const string Matches = "matches";

    /// <summary>Partial matches whose time was over.</summary>
    public const string TimedOut = "timed_out";

    /// <summary>Matches that were taken back.</summary>
    public const string Retracted = "retracted";

    /// <summary>Rows that were refused because a key had too many partial matches or unconfirmed rows.</summary>
    public const string RowsCapped = "rows_capped";

    /// <summary>Rules in force at present.</summary>
    public const string Rules = "rules";

    /// <summary>Partial matches at present.</summary>
    public const string PartialMatches = "partial_matches";

    /// <summary>Changes of rules that came into force.</summary>
    public const string ChangesApplied = "changes_applied";

    /// <summary>Changes of rules that came after their time.</summary>
    public const string ChangesLate = "changes_late";

    /// <summary>Changes of rules that an earlier one of a higher version had overtaken.</summary>
    public const string ChangesStale = "changes_stale";

    /// <summary>Changes of rules that were refused.</summary>
    public const string ChangesRefused = "changes_refused";

    /// <summary>Partial matches that were dropped because their rule changed.</summary>
    public const string PartialsDropped = "partials_dropped";
}
