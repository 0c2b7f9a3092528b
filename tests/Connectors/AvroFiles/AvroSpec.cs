using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorStreams.Authoring;
using ActorStreams.TestKit;
using File = System.IO.File;

namespace ActorStreams.Connectors.Tests.AvroFiles;

/// <summary>Avro files, ours and those of another implementation.</summary>
public sealed class AvroSpec(AvroPeer peer) : IClassFixture<AvroPeer>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(AvroCompression.None, "null", 200)]
    [InlineData(AvroCompression.Deflate, "deflate", 64 * 1024)]
    [InlineData(AvroCompression.Snappy, "snappy", 64 * 1024)]
    [InlineData(AvroCompression.Snappy, "snappy", 200)]
    public async Task The_other_implementation_reads_what_we_write(AvroCompression compression, string codec, int blockBytes)
    {
        Everything[] rows = [.. Enumerable.Range(0, 1500).Select(Row)];
        string file = await WriteAsync("ours.avro", rows, new() { Compression = compression, BlockBytes = blockBytes });
        (string found, string[] read) = peer.Read(file);
        Assert.Equal(codec, found);
        Assert.Equal(rows.Select(Text), read);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("deflate")]
    [InlineData("snappy")]
    public async Task We_read_what_the_other_implementation_writes(string codec)
    {
        string file = _folder[$"theirs-{codec}.avro"];
        peer.Write(file, codec);
        (List<SourceItem<Other>> items, _) = await SourceRun.ReadAsync(Avro.File<Other>(file));
        Assert.Equal(2500, items.Count);
        Assert.Equal([77L, 78L], items.Where(item => item.Rejected is not null).Select(item => item.Offset));
        Assert.Contains("row 77: Unknown is none of the values of Color", items[77].Rejected!.Error.Message, StringComparison.Ordinal);
        Assert.Contains("Maybe holds boolean, which does not fit Int32", items[78].Rejected!.Error.Message, StringComparison.Ordinal);
        for (int i = 0; i < 2500; i++)
        {
            if (i is 77 or 78)
                continue;
            Other row = items[i].Row!;
            Assert.Equal(
                (i % 5 == 0 ? null : $"row {i} é 日", i - 1000L, i / 4.0, i % 2 == 1 ? Color.Red : Color.Blue, i % 3 == 0 ? null : i, 42,
                null),
                (row.Text, row.Long, row.Double, row.Kind, row.Maybe, row.Missing, row.AlsoMissing));
            Assert.Equal([(byte)i, 0, 255], row.Bytes);
            Assert.Equal(Enumerable.Range(0, i % 4).Select(at => 4611686018427387904L + at), row.Numbers);
            Assert.Equal(i % 2 == 1 ? ["x", "y"] : [], row.Counts.Keys.Order(StringComparer.Ordinal));
            Assert.Equal(DateTimeOffset.UnixEpoch.AddMilliseconds((i * 1000L) + 1), row.At);
            Assert.Equal(i % 7 == 0 ? $"{i}(1()2(3()))" : "", row.Tree?.ToString() ?? "");
        }
    }

    [Theory]
    [InlineData(AvroCompression.None)]
    [InlineData(AvroCompression.Deflate)]
    [InlineData(AvroCompression.Snappy)]
    public async Task What_is_written_is_read_again_from_any_row(AvroCompression compression)
    {
        Everything[] rows = [.. Enumerable.Range(0, 40).Select(Row)];
        string file = await WriteAsync("round.avro", rows, new() { Compression = compression, BlockBytes = 1000 });
        await SourceContract.HoldsAsync(Avro.File<Everything>(file), 40);
        Assert.Equal(rows.Select(Text), (await SourceRun.RowsAsync(Avro.File<Everything>(_folder["."]))).Select(Text));
    }

    [Fact]
    public async Task Every_committed_epoch_leaves_a_whole_file_and_a_later_run_goes_on_with_it()
    {
        string file = _folder["grows.avro"];
        Sink<Small> sink = Avro.ToFile<Small>(file);
        byte[]? handle = null;
        for (int epoch = 1; epoch <= 3; epoch++)
        {
            await using SinkWriter<Small> writer = await sink.OpenAsync(
                new SinkContext("p", "s", 0, epoch - 1, handle, epoch, TimeProvider.System), default);
            writer.Write(new Chunk<Small>([new Small(epoch, "a"), new Small(epoch, null)], new long[2]));
            handle = (await writer.PrepareAsync(epoch, default)).Handle;
            Assert.Equal(2 * (epoch - 1), File.Exists(file) ? peer.Read(file).Rows.Length : 0);
            await writer.CommitAsync(epoch, handle, default);
            Assert.Equal(2 * epoch, peer.Read(file).Rows.Length);
        }

        SinkException error = await Assert.ThrowsAsync<SinkException>(async () =>
            await Avro.ToFile<Everything>(file, new() { IfExists = IfExists.Append })
                .OpenAsync(new SinkContext("p", "other", 0, 0, null, 9, TimeProvider.System), default));
        Assert.Contains("holds rows of the schema", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_cannot_be_written_is_refused_by_its_member_and_leaves_nothing()
    {
        string file = _folder["refused.avro"];
        await using SinkWriter<Everything> writer = await Avro.ToFile<Everything>(file)
            .OpenAsync(new SinkContext("p", "s", 0, 0, null, 1, TimeProvider.System), default);
        Everything[] rows = [Row(1), Row(2) with { Text = null! }, Row(3) with { Price = 0.0000000001m }, Row(4) with { Kind = (Color)9 },
            Row(5) with { Nested = new Inner(null!, 1) }, Row(6)];
        Assert.Contains("Text: it is null", Assert.Throws<RefusedRowException>(() => writer.Write(new Chunk<Everything>(rows, new long[6])))
            .Message, StringComparison.Ordinal);
        Assert.Contains("Price", Assert.Throws<RefusedRowException>(() => writer.Write(new Chunk<Everything>(rows[2..], new long[4])))
            .Message, StringComparison.Ordinal);
        Assert.Contains("Kind", Assert.Throws<RefusedRowException>(() => writer.Write(new Chunk<Everything>(rows[3..], new long[3])))
            .Message, StringComparison.Ordinal);
        Assert.Contains("Nested: Name: it is null",
            Assert.Throws<RefusedRowException>(() => writer.Write(new Chunk<Everything>(rows[4..], new long[2]))).Message,
            StringComparison.Ordinal);
        writer.Write(new Chunk<Everything>(rows[5..], new long[1]));
        await writer.CommitAsync(1, (await writer.PrepareAsync(1, default)).Handle, default);
        Assert.Equal([Text(rows[0]), Text(rows[5])], peer.Read(file).Rows);
    }

    [Fact]
    public void The_schema_names_every_member()
    {
        Assert.Equal(
            """{"type":"record","name":"ActorStreams.Connectors.Tests.AvroFiles.AvroSpec_Small","fields":[{"name":"Number","type":"int"},{"name":"Text","type":["null","string"]}]}""", Avro.SchemaOf<Small>());
        Assert.Contains("Bad.Thing: System.Object has no form", Assert.Throws<PipelineException>(() => Avro.ToFile<Bad>("x.avro")).Message,
            StringComparison.Ordinal);
        Assert.Contains("Uri", Assert.Throws<PipelineException>(Avro.SchemaOf<Uri>).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_told_with_its_name_and_place()
    {
        string good = await WriteAsync("good.avro", [.. Enumerable.Range(0, 100).Select(row => new Small(row, $"{row}"))],
            new() { Compression = AvroCompression.None, BlockBytes = 64 });
        byte[] bytes = await File.ReadAllBytesAsync(good);
        await FailsAsync<Small>("text.avro", "hello"u8.ToArray(), "does not begin with");
        await FailsAsync<Small>("header.avro", bytes[..30], "its header is damaged or cut off");
        await FailsAsync<Small>("cut.avro", bytes[..^5], "no whole block begins here");
        byte[] marker = [.. bytes];
        marker[^1] ^= 1;
        await FailsAsync<Small>("marker.avro", marker, "does not end with the file's marker");
        await FailsAsync<Everything>("type.avro", bytes, "has no field 'Flag'");
        await FailsAsync<Wrong>("member.avro", bytes, "Wrong.Text is Int32, but the file holds string");
        byte[] snappy = [.. bytes];
        int at = snappy.AsSpan().IndexOf("avro.codec\bnull"u8);
        "avro.codec\bsnap"u8.CopyTo(snappy.AsSpan(at));
        await FailsAsync<Small>("codec.avro", snappy, "compressed by 'snap'");
    }

    [Fact]
    public async Task Renamed_fields_are_read_by_their_former_names()
    {
        string file = await WriteAsync("before.avro", [new Before(1, "old", "x", 7), new Before(2, "older", "y", 8)], new());
        Assert.Equal([new After("old", 1, 5, "x", -1), new After("older", 2, 5, "y", -1)],
            await SourceRun.RowsAsync(Avro.File<After>(file)));
        Assert.Equal(["""{"Title":"old","Number":1,"Text":"x"}""", """{"Title":"older","Number":2,"Text":"y"}"""],
            peer.Resolve(file, Avro.SchemaOf<Renamed>()));
        Assert.Contains("\"aliases\":[\"ActorStreams.Connectors.Tests.AvroFiles.AvroSpec_Before\"]", Avro.SchemaOf<Renamed>(),
            StringComparison.Ordinal);
        Assert.Contains("'not a name'", Assert.Throws<PipelineException>(Avro.SchemaOf<BadFormer>).Message, StringComparison.Ordinal);

        // a field that has a member's own name is that member's, whoever was called so before
        string swapped = await WriteAsync("swapped.avro", [new Small(3, "mine")], new());
        Assert.Equal([new Swapped("mine", 3)], await SourceRun.RowsAsync(Avro.File<Swapped>(swapped)));
    }

    [Fact]
    public async Task A_file_is_gone_on_with_after_former_names_were_added()
    {
        string file = _folder["aliased.avro"];
        byte[]? handle = null;
        await AppendAsync(Avro.ToFile<Early.Row>(file), new Early.Row(1), 1);
        await AppendAsync(Avro.ToFile<Early_Row>(file), new Early_Row(2), 2);   // of the same name in Avro
        Assert.Equal(2, peer.Read(file).Rows.Length);

        async Task AppendAsync<T>(Sink<T> sink, T row, long epoch)
        {
            await using SinkWriter<T> writer = await sink.OpenAsync(
                new SinkContext("p", "s", 0, epoch - 1, handle, epoch, TimeProvider.System), default);
            writer.Write(new Chunk<T>([row], new long[1]));
            handle = (await writer.PrepareAsync(epoch, default)).Handle;
            await writer.CommitAsync(epoch, handle, default);
        }
    }

    [Fact]
    public async Task Columns_of_positional_records_are_named_by_their_parameters()
    {
        string file = await WriteAsync("named.avro", [new Named(4)], new());
        Assert.Equal(["""{"id_of_it":4}"""], peer.Read(file).Rows);
        Assert.Equal([new Named(4)], await SourceRun.RowsAsync(Avro.File<Named>(file)));
    }

    [Fact]
    public async Task A_snappy_block_that_is_too_large_or_has_a_wrong_checksum_is_refused()
    {
        string file = await WriteAsync("large.avro",
            [.. Enumerable.Range(0, 5000).Select(row => new Small(0, "the same text again and again"))],
            new() { Compression = AvroCompression.Snappy, BlockBytes = 1 << 20 });
        SourceException error = await Assert.ThrowsAsync<SourceException>(
            () => SourceRun.RowsAsync(Avro.File<Small>(file, new() { MaxBlockBytes = 20_000 })));
        Assert.Contains("MaxBlockBytes", error.Message, StringComparison.Ordinal);
        byte[] bytes = await File.ReadAllBytesAsync(file);
        bytes[^17] ^= 1;                               // before the marker
        await FailsAsync<Small>("checksum.avro", bytes, "its checksum is wrong");
    }

    [Fact]
    public async Task Damage_anywhere_is_an_error_or_a_rejected_row_and_never_more()
    {
        Everything[] rows = [.. Enumerable.Range(0, 30).Select(Row)];
        foreach (AvroCompression compression in Enum.GetValues<AvroCompression>())
        {
            byte[] whole = await File.ReadAllBytesAsync(
                await WriteAsync($"whole-{compression}.avro", rows, new() { Compression = compression, BlockBytes = 500 }));
            var random = new Random(11);
            for (int run = 0; run < 300; run++)
            {
                byte[] damaged = [.. whole];
                for (int hits = 1 + random.Next(3); hits > 0; hits--)
                    damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                string file = _folder["damaged.avro"];
                await File.WriteAllBytesAsync(file, random.Next(4) == 0 ? damaged[..random.Next(damaged.Length)] : damaged);
                try
                {
                    (List<SourceItem<Everything>> items,
                        _) = await SourceRun.ReadAsync(Avro.File<Everything>(file, new() { MaxBlockBytes = 1 << 20 }));
                    Assert.InRange(items.Count, 0, 1_000_000);
                }
                catch (SourceException error)
                {
                    Assert.Contains("damaged.avro", error.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    private async Task FailsAsync<T>(string name, byte[] bytes, string message)
    {
        string file = _folder[name];
        await File.WriteAllBytesAsync(file, bytes);
        SourceException error = await Assert.ThrowsAsync<SourceException>(() => SourceRun.RowsAsync(Avro.File<T>(file)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    private async Task<string> WriteAsync<T>(string name, T[] rows, AvroOptions options)
    {
        string file = _folder[name];
        Pipeline pipeline = Pipeline.Create("writes");
        pipeline.Read("rows", Sources.Of(rows)).Write("file", Avro.ToFile<T>(file, options));
        await using Job job = await Job.StartAsync(pipeline, new MemoryStore());
        await job.Completion.WaitAsync(TimeSpan.FromSeconds(60));
        return file;
    }

    private static Everything Row(int i) => new(
        i % 2 == 0, i * 1_000_003, long.MinValue + i, i / 8f, i == 3 ? double.NaN : i == 4 ? double.PositiveInfinity : i / 16.0,
            $"é{i}\u0001🙂", [(byte)i, 255], (Color)(i % 2),
        i % 3 == 0 ? null : -i, i % 4 == 0 ? null : $"note {i}", [.. Enumerable.Range(0, i % 5)], [null, "x"], i % 2 == 0
            ? new Dictionary<string, long> { ["a"] = long.MaxValue - i } : new Dictionary<string, long>(),
        new Inner($"n{i}", i), i % 2 == 0 ? null : new Inner("other", i), DateTimeOffset.UnixEpoch.AddTicks(10 * (i - 7)),
            Guid.Parse("00010203-0405-0607-0809-0a0b0c0d0e0f"), new DateOnly(1969, 12, 31).AddDays(i),
        (i - 5) * 12345.6789m, i % 6 == 0 ? new Tree(i, [new Tree(1, []), new Tree(2, [new Tree(3, [])])]) : null);

    /// <summary>As the other implementation prints it.</summary>
    private static string Text(Everything row) => Json(new JsonObject
    {
        ["Flag"] = row.Flag,
        ["Int"] = row.Int,
        ["Long"] = $"{row.Long}",
        ["Float"] = Number(row.Float),
        ["Double"] = Number(row.Double),
        ["Text"] = row.Text,
        ["Bytes"] = Convert.ToHexStringLower(row.Bytes),
        ["Kind"] = $"{row.Kind}",
        ["Maybe"] = row.Maybe,
        ["Note"] = row.Note,
        ["Numbers"] = new JsonArray([.. row.Numbers.Select(number => (JsonNode)number)]),
        ["Names"] = new JsonArray([.. row.Names.Select(name => (JsonNode?)name)]),
        ["Counts"] = new JsonObject(row.Counts.Select(count => KeyValuePair.Create<string, JsonNode?>(count.Key, $"{count.Value}"))),
        ["Nested"] = Of(row.Nested),
        ["Other"] = row.Other is null ? null : Of(row.Other.Value),
        ["At"] = $"{(row.At - DateTimeOffset.UnixEpoch).Ticks / 10}",
        ["Id"] = $"{row.Id}",
        ["Day"] = row.Day.DayNumber - new DateOnly(1970, 1, 1).DayNumber,
        ["Price"] = Convert.ToHexStringLower(
            new System.Numerics.BigInteger(row.Price * 1_000_000_000m).ToByteArray(isUnsigned: false, isBigEndian: true)),
        ["Tree"] = row.Tree is null ? null : Of(row.Tree),
    });

    private static JsonObject Of(Inner inner) => new() { ["Name"] = inner.Name, ["Size"] = inner.Size };

    private static JsonObject Of(Tree tree) =>
        new() { ["Value"] = tree.Value, ["Children"] = new JsonArray([.. tree.Children.Select(child => (JsonNode)Of(child))]) };

    private static JsonNode Number(double value) => double.IsFinite(value) ? (value == Math.Floor(value) ? (long)value : value)
        : value.ToString(CultureInfo.InvariantCulture);

    private static string Json(JsonNode node) =>
        node.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
        .Replace("\\uD83D\\uDE42", "🙂", StringComparison.OrdinalIgnoreCase);

    public enum Color
    {
        Red,
        Blue,
    }

    public sealed record Everything(
        bool Flag, int Int, long Long, float Float, double Double, string Text, byte[] Bytes, Color Kind, int? Maybe, string? Note,
            IReadOnlyList<int> Numbers, string?[] Names,
        IReadOnlyDictionary<string, long> Counts, Inner Nested, Inner? Other, DateTimeOffset At, Guid Id, DateOnly Day, decimal Price,
            Tree? Tree);

    public sealed record Other(
        string? Text, long Long, double Double, byte[] Bytes, Color Kind, int? Maybe, List<long> Numbers, Dictionary<string, long> Counts,
            DateTimeOffset At, Tree? Tree, string? AlsoMissing, int Missing = 42);

    public readonly record struct Inner(string Name, int Size);

    public sealed record Tree(int Value, IReadOnlyList<Tree> Children)
    {
        public override string ToString() => $"{Value}({string.Concat(Children)})";
    }

    public sealed record Small(int Number, string? Text);

    public sealed record Before(int Id, string Name, string Text, int Gone);

    public sealed record After([property: FormerName("Title0"), FormerName("Name")] string Title, [FormerName("Id")] int Number,
        [FormerName("Number")] int Added = 5, string Text = "", [FormerName("Text")] int Never = -1);

    [FormerName("ActorStreams.Connectors.Tests.AvroFiles.AvroSpec_Before")]
    public sealed record Renamed([FormerName("Name")] string Title, [FormerName("Id")] int Number, string Text);

    public sealed record Swapped([FormerName("Number")] string? Text, [FormerName("Number")] int Count, [FormerName("Text")] int Other = 0);

    public static class Early
    {
        public sealed record Row(int Number);
    }

    public sealed record Early_Row([FormerName("Count")] int Number);

    public sealed record BadFormer([FormerName("not a name")] int Number);

    public sealed record Named([ColumnName("id_of_it")] int Id);

    public sealed record Wrong(int Number, int Text);

    public sealed record Bad(object Thing);
}
