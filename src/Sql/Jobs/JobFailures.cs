using ActorStreams.Operators.Patterns.Preference;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Jobs;

/// <summary>What a job of SQL failed with, as an error of SQL.</summary>
internal static class JobFailures
{
    /// <summary>The error of the row that the job failed for; null: it failed for something else.</summary>
    public static SqlException? Of(Exception failure)
    {
        for (Exception? error = failure; error is not null; error = error.InnerException)
        {
            if (error is SqlException seen)
                return Whole(failure, seen.Category, seen.SqlState, seen.Fault);
            if (error is PipelineException { InnerException: SkipException })
                return Whole(failure, SqlErrorCategory.SkipTarget, SqlState.SkipToFirstRow, error.Message);
            if (error is SqlFault fault)
                return Whole(failure, SqlErrorCategories.Of(fault.State, fault.Message), fault.State, fault.Message);
        }

        return null;
    }

    /// <summary>The job tells operator and row.</summary>
    private static SqlException Whole(Exception failure, SqlErrorCategory category, string state, string fault) =>
        failure is SqlException own ? own
            : new SqlException(category, state, failure is JobException ? failure.Message : fault, null, failure);
}
