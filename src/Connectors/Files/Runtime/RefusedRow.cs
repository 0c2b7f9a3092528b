namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>What user code, or a format, throws about one row as an error of that row: the error policy of the job decides what becomes of
/// it.</summary>
internal static class RefusedRow
{
    public static RefusedRowException Of(int row, Exception error, string where = "") =>
        new(row, where + (error is SinkException ? error.Message : $"{error.GetType().Name}: {error.Message}"), error is SinkException
            ? null : error);
}
