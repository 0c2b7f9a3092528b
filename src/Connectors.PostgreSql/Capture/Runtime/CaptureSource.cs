using ActorStreams.Persistence.PostgreSql;
using Npgsql;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>One table, as one partition.</summary>
internal sealed class CaptureSource<TOut>(string connectionString, string table, CaptureOptions? options,
    Func<CaptureSettings, RowEmitter<TOut>> emitterOf) : Source<TOut>
{
    private readonly NpgsqlConnectionStringBuilder _connection = ConnectionText.Parse(connectionString);
    private readonly CaptureOptions _options = options ?? new CaptureOptions();

    public override string Description => $"changes of PostgreSQL table {table}";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    public override bool CarriesEventTimes => true;

    public override bool KeepsReadsWhole => true;

    public override bool KnowsItsEnd => true;

    public override Silence Silence => Silence.IsDeclared;

    public override bool HasInitialSnapshot => _options.Start == CaptureStart.Snapshot;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        new(["table"]);

    public override async ValueTask<SourceReader<TOut>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation)
    {
        CapturePosition? position = from is null ? null : CapturePosition.Decode(from.Value.State,
            $"Pipeline '{context.Pipeline}', source '{context.Operator}'");
        var settings = new CaptureSettings(_connection, table, _options, context, position?.Slot);
        var reader = new CaptureReader<TOut>(settings, emitterOf(settings), position, from?.Value ?? 0);
        try
        {
            await reader.CheckAsync(cancellation);
            if (context.AvailableNow)
                await reader.EndHereAsync(cancellation);
            return reader;
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }
}
