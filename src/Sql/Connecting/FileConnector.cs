using System.Text.Json;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning;
using ActorStreams.Sql.Rows;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Connecting;

/// <summary>Files: CSV, JSON Lines, Avro.</summary>
internal sealed class FileConnector : Connector
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNameCaseInsensitive = true,
        MaxDepth = 64,
        Converters = { new AnyJsonAsText(), new JsonLineConverter() },
    };

    public override PlannedRows Read(ConnectorReading read, ConnectorSettings settings)
    {
        string path = settings.Path("path");
        switch (FormatOf(settings))
        {
            case "csv":
                CsvOptions csv = CsvOf(settings) with { AllowMissingColumns = settings.Flag("missing_columns", false) };
                settings.Done();
                Type texts = WireSource.Texts(settings.Table);
                return WireSource.Rows(read, settings.Table, texts, false,
                    WireSource.Call(typeof(FileConnector), nameof(ReadCsv), [texts], path, csv));
            case "json":
                settings.Done();
                Type values = WireSource.Texts(settings.Table);
                return WireSource.Rows(read, settings.Table, values, false,
                    WireSource.Call(typeof(FileConnector), nameof(ReadJson), [values], path));
            default:
                settings.Done();
                Type wire = WireSource.Usual(settings.Table);
                return WireSource.Rows(read, settings.Table, wire, false,
                    WireSource.Call(typeof(FileConnector), nameof(ReadAvro), [wire], path));
        }
    }

    public override void Write(ConnectorWriting write, ConnectorSettings settings)
    {
        string path = settings.Path("path");
        IfExists ifExists = settings.Word("if_exists", "fail", "fail", "append", "replace") switch
        {
            "append" => IfExists.Append,
            "replace" => IfExists.Overwrite,
            _ => IfExists.Refuse,
        };
        string format = FormatOf(settings);
        CsvOptions csv = format == "csv" ? CsvOf(settings) with { IfExists = ifExists } : new CsvOptions();
        settings.Done();
        IReadOnlyList<RelationColumn> columns = write.Query.Columns;
        if (format == "json")
        {
            var json = new ProjectRelation(write.Query, [JsonOf(write.Query)], [new RelationColumn("text", SqlType.Text, false)]);
            var lines = (Stream<JsonLine>)write.Planner.PlanAs(json, write.Emit,
                RowCarrier.Plain(ResultType.Of(typeof(JsonLine), [new RowColumn("text", SqlType.Text, false)], write.Name)));
            lines.Write(write.Name, JsonLines.ToFile<JsonLine>(path, new JsonLinesOptions { Serializer = s_json, IfExists = ifExists }));
            return;
        }

        bool isText = format == "csv";
        Type wire = WireTypes.Of([.. columns.Select(column => (column.Name, isText ? typeof(string) : WireSource.UsualOf(column)))]);
        RowColumn[] written =
            [.. columns.Select(column => new RowColumn(column.Name, isText ? SqlType.Text : column.Type, column.IsNullable))];
        object rows = write.Planner.PlanAs(write.Query, write.Emit, RowCarrier.Plain(ResultType.Of(wire, written, write.Name)));
        WireSource.Call(typeof(FileConnector), isText ? nameof(WriteCsv) : nameof(WriteAvro), [wire], rows, write.Name, path,
            isText ? csv : new AvroOptions { IfExists = ifExists });
    }

    public static Source<T> ReadCsv<T>(string path, CsvOptions options) => Csv.File<T>(path, options);

    public static Source<T> ReadJson<T>(string path) => JsonLines.File<T>(path, new JsonLinesOptions { Serializer = s_json });

    public static Source<T> ReadAvro<T>(string path) => Avro.File<T>(path);

    public static OperatorHandle WriteCsv<T>(Stream<T> rows, string name, string path, CsvOptions options) =>
        rows.Write(name, Csv.ToFile<T>(path, options));

    public static OperatorHandle WriteAvro<T>(Stream<T> rows, string name, string path, AvroOptions options) =>
        rows.Write(name, Avro.ToFile<T>(path, options));

    /// <summary>A row as the text of a JSON object.</summary>
    private static BoundExpression JsonOf(Relation rows)
    {
        BoundExpression text = Resolve.Quoted("{");
        for (int at = 0; at < rows.Columns.Count; at++)
        {
            string name = $"{(at == 0 ? "" : ",")}{JsonSerializer.Serialize(rows.Columns[at].Name)}:";
            BoundExpression value = Resolve.Coalesce(
                [Resolve.Cast(Resolve.Function("to_json", [rows.Column(at)]), SqlType.Text),
                    Resolve.Cast(Resolve.Quoted("null"), SqlType.Text)]);
            text = Resolve.Operator("||", Resolve.Operator("||", Resolve.Cast(text, SqlType.Text), Text(name)), value);
        }

        return Resolve.Operator("||", Resolve.Cast(text, SqlType.Text), Text("}"));
    }

    private static ConstantExpression Text(string text) => new(text, SqlType.Text);

    private static CsvOptions CsvOf(ConnectorSettings settings)
    {
        string separator = settings.TextOr("separator", ",")!;
        return separator.Length != 1 ? throw settings.Wrong("separator", $"the separator is one character, not '{separator}'")
            : new CsvOptions { Separator = separator[0], HasHeader = settings.Flag("header", true) };
    }

    private static string FormatOf(ConnectorSettings settings)
    {
        string path = settings.Text("path").Replace(".gz", "", StringComparison.OrdinalIgnoreCase);
        string? format = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".csv" => "csv",
            ".json" or ".jsonl" or ".ndjson" => "json",
            ".avro" => "avro",
            _ => null,
        };
        return settings.Word("format", format, "csv", "json", "avro");
    }
}
