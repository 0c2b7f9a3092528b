using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Jobs;

/// <summary>Why rows cannot be read as of an epoch.</summary>
internal static class EpochFaults
{
    /// <exception cref="SqlException">The object was made after the epoch, the job has not reached it, or no rows are kept.</exception>
    public static void Check(SqlObject one, long epoch)
    {
        if (one.Kept is not { } kept)
            throw Wrong($"\"{one.Name}\" keeps no rows, so it cannot be read as of an epoch", "Make a materialized view of it.");
        if (epoch > kept.LastEpoch)
            throw Wrong($"epoch {epoch} has not been reached: the job is at epoch {kept.LastEpoch}", null);
        if (epoch <= one.Definition.Epoch)
            throw Wrong($"\"{one.Name}\" was made after epoch {epoch}: its first is {one.Definition.Epoch + 1}", null);
    }

    /// <summary>Whether an error says that an epoch cannot be read any more.</summary>
    public static bool IsGone(Exception error) => error is StoreException { IsEpochGone: true };

    /// <summary>The rows of an epoch.</summary>
    /// <exception cref="SqlException">They cannot be read (55000), or not any more (72000).</exception>
    public static async Task<RowsAtEpoch> ReadAsOfAsync(this SqlObject one, long epoch, CancellationToken cancellation)
    {
        Check(one, epoch);
        try
        {
            return await one.Kept!.ReadAsOfAsync(epoch, cancellation);
        }
        catch (StoreException error) when (IsGone(error))
        {
            throw Gone(one, epoch);
        }
    }

    public static SqlException Gone(SqlObject one, long epoch) => new(SqlErrorCategory.InvalidReference, SqlState.SnapshotTooOld,
        $"Epoch {epoch} of \"{one.Name}\" is not retained any more: the job is at epoch {one.Kept!.LastEpoch}.",
        $"{nameof(JobOptions)}.{nameof(JobOptions.RetainEpochs)} and {nameof(JobOptions.RetainFor)} say how long epochs are.");

    private static SqlException Wrong(string fault, string? hint) => new(SqlErrorCategory.InvalidReference,
        SqlState.ObjectNotInPrerequisiteState, char.ToUpperInvariant(fault[0]) + fault[1..] + ".", hint);
}
