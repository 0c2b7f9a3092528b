using Npgsql;

namespace ActorStreams.Connectors.PostgreSql.Upserts.Runtime;

/// <summary>Opens writers of a table, each after the last committed epoch is in it.</summary>
internal sealed class UpsertSink<TKey,
    T>(NpgsqlConnectionStringBuilder connection, TargetTable table, ColumnBinding<Upsert<TKey, T>>[] columns, PostgreSqlSinkOptions options)
    : Sink<Upsert<TKey, T>>
{
    /// <summary>For tests: called before every step, by its name; throws to play a crash.</summary>
    internal Action<string>? BeforeStep { get; set; }

    public override string Description => $"PostgreSQL table {table.Shown} at {connection.Host}:{connection.Port}/{connection.Database}";

    public override SinkGuarantee Guarantee => SinkGuarantee.TwoPhase;

    public override ChangelogMode Changelog => ChangelogMode.Upsert;

    public override int MaxParallelism => options.Writers;

    public override async ValueTask<SinkWriter<Upsert<TKey, T>>> OpenAsync(SinkContext context, CancellationToken cancellation)
    {
        string where = $"Pipeline '{context.Pipeline}', sink '{context.Operator}', table '{table.Shown}'";
        NpgsqlDataSource database = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(connection.ConnectionString)
            {
                ApplicationName = connection.ApplicationName
            ?? "ActorStreams"
            });
        try
        {
            var target = new EpochTarget(database, table, where, $"{context.Pipeline}/{context.Operator}/{context.Writer}/{table.Shown}",
                context.Generation, options.SilentWriterTimeout, BeforeStep);
            StagedEpoch? last = context.Handle is { } handle ? StagedEpoch.Decode(handle, where) : null;
            IReadOnlyList<FoundColumn> found = await target.OpenAsync(last, context, cancellation);
            return new UpsertWriter<TKey, T>(
                database, target, table, [.. columns.Select((column, at) => column.NewBuffer(found[at].Type))],
                    [.. found.Select(column => column.CopyType)], last?.Noted ?? 0, context.CommittedEpoch, options, context.Clock,
                    BeforeStep);
        }
        catch (NpgsqlException error)
        {
            await database.DisposeAsync();
            throw new SinkException($"{where} cannot be brought to the last committed epoch: {error.Message}", error);
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }
}
