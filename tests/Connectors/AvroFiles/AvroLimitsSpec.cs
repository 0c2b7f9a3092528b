using System.IO.Compression;
using System.Text;
using ActorStreams.Authoring;
using ActorStreams.TestKit;
using File = System.IO.File;

namespace ActorStreams.Connectors.Tests.AvroFiles;

/// <summary>Files that claim more than they hold, and rows that go deeper than a stack.</summary>
public sealed class AvroLimitsSpec : IDisposable
{
    private const string Empty = """{"type":"record","name":"Empty","fields":[]}""";
    private const string Row = """{"type":"record","name":"Row","fields":[""";
    private readonly TemporaryFolder _folder = new();

    public sealed record Nothing(int Missing = 1);

    public sealed record Numbers(List<int> Values);

    public sealed record Nothings(List<Nothing> Values);

    public sealed record Names(Dictionary<string, int> Values);

    public sealed record Link(int Value, Link? Next)
    {
        public override string ToString() => $"{Value}, …";       // that of records goes as deep as the row
    }

    public sealed record Branch(List<Branch> Branches);

    public sealed record Doubled(Doubled? A, Doubled? B, int Missing = 0);

    public sealed record Choice(Choice? X, int Y = 0);

    public void Dispose() => _folder.Dispose();

    [Trait("Issue", "D3")]
    [Theory]
    [InlineData(long.MaxValue, "")]
    [InlineData(1L << 47, "")]
    [InlineData(1_000_000, "")]
    [InlineData(65_537, "")]
    public async Task Rows_of_no_bytes_are_bounded(long rows, string data)
    {
        string file = await WriteAsync(Row + "]}", [(rows, Encoding.UTF8.GetBytes(data))]);
        await FailsAsync<Nothing>(file, $"{rows} rows in 0 bytes");
    }

    [Trait("Issue", "D3")]
    [Fact]
    public async Task Rows_of_no_bytes_are_bounded_over_all_blocks_of_a_file()
    {
        string file = await WriteAsync(Row + "]}", [.. Enumerable.Repeat((600L, Array.Empty<byte>()), 120)]);
        await FailsAsync<Nothing>(file, "MaxEmptyValues");
        (List<SourceItem<Nothing>> items, _) = await SourceRun.ReadAsync(Avro.File<Nothing>(file, new() { MaxEmptyValues = 72_000 }));
        Assert.Equal(72_000, items.Count);
    }

    [Trait("Issue", "D3")]
    [Fact]
    public async Task A_block_holds_no_more_rows_than_its_bytes()
    {
        string file = await WriteAsync(Row + """{"name":"Values","type":{"type":"array","items":"int"}},{"name":"At","type":"double"}]}""",
            [(2, new byte[17])]);
        await FailsAsync<Numbers>(file, "2 rows in 17 bytes. A row of the file's schema takes 9 at least");
    }

    /// <summary>Each record holds the next one twice, and the last nothing: 2^60 values in no bytes.</summary>
    [Trait("Issue", "D3")]
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nested_records_of_no_bytes_end(bool isRead)
    {
        var schema = new StringBuilder("""{"type":"record","name":"R0","fields":[]}""");
        for (int level = 1; level <= 60; level++)
            schema = new StringBuilder(
                $$$"""{"type":"record","name":"R{{{level}}}","fields":[{"name":"A","type":{{{schema}}}},{"name":"B","type":"R{{{level - 1}}}"}]}""");
        string file = await WriteAsync(schema.ToString(), [(1, [])]);

        (List<SourceItem<Nothing>> skipped, _) = isRead ? ([], []) : await SourceRun.ReadAsync(Avro.File<Nothing>(file));
        (List<SourceItem<Doubled>> read, _) = isRead ? await SourceRun.ReadAsync(Avro.File<Doubled>(file)) : ([], []);
        RejectedRecord? rejected = isRead ? read.Single().Rejected : skipped.Single().Rejected;
        Assert.Contains("values that take no bytes", rejected!.Error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{file}', row 0", rejected.Error.Message, StringComparison.Ordinal);
    }

    [Trait("Issue", "D3")]
    [Fact]
    public async Task A_stopped_job_does_not_wait_for_a_file_that_never_ends()
    {
        string file = await WriteAsync(Row + "]}", [.. Enumerable.Repeat((1_000_000L, Array.Empty<byte>()), 1000)]);
        var pipeline = Pipeline.Create("endless");
        var started = new TaskCompletionSource();
        pipeline.Read("rows", Avro.File<Nothing>(file, new() { MaxEmptyValues = 1 << 30 }))
            .Write("out", Sinks.ForEach<Nothing>(_ => started.TrySetResult()));
        await using Job job = await Job.StartAsync(pipeline, new MemoryStore());
        await started.Task;
        await job.StopAsync();
        Assert.True(job.Completion.IsCompletedSuccessfully);
    }

    [Trait("Issue", "D3")]
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_few_bytes_do_not_become_many(bool isCompressed)
    {
        // parts of 60,000 items that are empty, in three bytes each
        byte[] data = [.. Enumerable.Repeat(Long(60_000), 450).SelectMany(part => part), 0];
        string file = await WriteAsync(Row + $$$"""{"name":"Values","type":{"type":"array","items":{{{Empty}}}}}]}""", [(1, data)],
            isCompressed);
        (List<SourceItem<Nothings>> items, _) = await SourceRun.ReadAsync(Avro.File<Nothings>(file));
        Assert.Contains("values that take no bytes", items.Single().Rejected!.Error.Message, StringComparison.Ordinal);
    }

    [Trait("Issue", "D3")]
    [Fact]
    public async Task A_row_with_more_values_than_allowed_is_rejected_and_the_next_one_is_read()
    {
        byte[] many = [.. Long(3000), .. new byte[3000], 0], few = [.. Long(3), 2, 4, 6, 0];
        string file = await WriteAsync(Row + """{"name":"Values","type":{"type":"array","items":"int"}}]}""", [(2, [.. many, .. few])]);

        (List<SourceItem<Numbers>> items, _) = await SourceRun.ReadAsync(Avro.File<Numbers>(file, new() { MaxRowValues = 1000 }));
        Assert.Contains("row 0: the row has more than 1000 values (AvroOptions.MaxRowValues)", items[0].Rejected!.Error.Message,
            StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], items[1].Row!.Values);
        Assert.Equal(3000, (await SourceRun.RowsAsync(Avro.File<Numbers>(file)))[0].Values.Count);
    }

    [Trait("Issue", "D3")]
    [Fact]
    public async Task Claimed_numbers_are_not_believed()
    {
        byte[] data = [.. Long(1_000_000_000), 2, 2, 2];
        await RejectsAsync<Numbers>("""{"type":"array","items":"int"}""", data, "an array of 1000000000 items does not fit");
        await RejectsAsync<Names>("""{"type":"map","values":"int"}""", data, "an array of 1000000000 items does not fit");
        await RejectsAsync<Nothings>($$$"""{"type":"array","items":{{{Empty}}}}""", data, "values that take no bytes");
        await RejectsAsync<Nothing>("""{"type":"array","items":"null"}""", data, "values that take no bytes");

        async Task RejectsAsync<T>(string type, byte[] bytes, string message)
        {
            string file = await WriteAsync(Row + $$$"""{"name":"Values","type":{{{type}}}}]}""", [(1, bytes)]);
            List<string> errors = await SourceRun.ErrorsAsync(Avro.File<T>(file));
            Assert.Contains(message, errors.Single(), StringComparison.Ordinal);
        }
    }

    [Trait("Issue", "D3")]
    [Fact]
    public async Task A_block_is_decompressed_no_further_than_allowed()
    {
        string file = await WriteAsync(Row + """{"name":"Values","type":{"type":"array","items":"int"}}]}""",
            [(1, [.. Long(100_000_000), .. new byte[100_000_000], 0])], isCompressed: true);
        await FailsAsync<Numbers>(file, "MaxBlockBytes");
    }

    /// <summary>Types that are named one after the other nest as deep as there are names, whatever the depth of the text.</summary>
    [Trait("Issue", "D3")]
    [Fact]
    public async Task A_schema_that_nests_its_types_deeper_than_a_stack_ends_nothing()
    {
        var types = new StringBuilder("""["null",{"type":"record","name":"R0","fields":[{"name":"Value","type":"int"}]}""");
        for (int level = 1; level <= 20_000; level++)
            types.Append(
                $$""",{"type":"record","name":"R{{level}}","fields":[{"name":"Value","type":"int"},{"name":"Next","type":["null","R{{level - 1}}"]}]}""");
        string schema = Row + """{"name":"Types","type":""" + types +
            """]},{"name":"Value","type":"int"},{"name":"Next","type":["null","R20000"]}]}""";
        string file = await WriteAsync(schema, [(1, [0, 2, 0])]);
        Assert.Equal([new Link(1, null)], await SourceRun.RowsAsync(Avro.File<Link>(file)));

        byte[] deep = [.. Enumerable.Repeat((byte[])[2, 2], 300).SelectMany(level => level)];
        file = await WriteAsync(schema, [(1, [0, .. deep, 2, 0])]);
        List<string> errors = await SourceRun.ErrorsAsync(Avro.File<Link>(file));
        Assert.Contains("which does not fit Link", errors.Single(), StringComparison.Ordinal);
    }

    [Trait("Issue", "D3")]
    [Fact]
    public async Task What_does_not_fit_is_found_out_once()
    {
        string inner =
            """{"type":"record","name":"A0","fields":[{"name":"Y","type":"string"}]},{"type":"record","name":"B0","fields":[{"name":"Y","type":"string"}]}""";
        for (int level = 1; level <= 60; level++)
            inner += $$""",{"type":"record","name":"A{{level}}","fields":[{"name":"X","type":["A{{level - 1}}","B{{level - 1}}"]}]},{"type":"record","name":"B{{level}}","fields":[{"name":"X","type":["A{{level - 1}}","B{{level - 1}}"]}]}""";
        string file = await WriteAsync(
            $$"""{"type":"record","name":"Top","fields":[{"name":"Z","type":[{{inner}}]},{"name":"X","type":["A60","B60"]}]}""",
            [(1, [0, 0])]);
        await FailsAsync<Choice>(file, "Y is Int32, but the file holds string");
    }

    [Trait("Issue", "D3")]
    [Fact]
    public async Task A_union_in_a_union_is_no_schema() =>
        await FailsAsync<Nothing>(await WriteAsync(Row + """{"name":"A","type":["null",["int","string"]]}]}""", []),
            "a union holds a union");

    [Trait("Issue", "A9")]
    [Theory]
    [InlineData(512, 512, true)]
    [InlineData(513, 512, false)]
    [InlineData(10, 10, true)]
    [InlineData(11, 10, false)]
    [InlineData(100_000, 512, false)]
    public async Task A_row_is_written_as_deep_as_it_is_read(int levels, int maxDepth, bool isGood)
    {
        Link? row = null;
        for (int level = 0; level < levels; level++)
            row = new Link(level, row);
        var options = new AvroOptions { MaxDepth = maxDepth, IfExists = IfExists.Overwrite };
        string file = _folder["deep.avro"];
        await using (SinkWriter<Link> writer = await Avro.ToFile<Link>(file, options)
            .OpenAsync(new SinkContext("p", "s", 0, 0, null, 1, TimeProvider.System), default))
        {
            Link[] links = [row!, new Link(7, null)];
            if (!isGood)
            {
                RefusedRowException refused = Assert.Throws<RefusedRowException>(() => writer.Write(new Chunk<Link>(links, new long[2])));
                Assert.Equal(0, refused.Row);
                Assert.Contains($"nested more than {maxDepth} deep", refused.Message, StringComparison.Ordinal);
                links = links[1..];
            }

            writer.Write(new Chunk<Link>(links, new long[links.Length]));
            await writer.CommitAsync(1, (await writer.PrepareAsync(1, default)).Handle, default);
        }

        List<Link> rows = await SourceRun.RowsAsync(Avro.File<Link>(file, options));
        Assert.Equal(isGood ? 2 : 1, rows.Count);
        Assert.Equal(new Link(7, null), rows[^1]);
        if (isGood && levels > 1)
            Assert.NotEmpty(await SourceRun.ErrorsAsync(Avro.File<Link>(file, options with { MaxDepth = levels - 1 })));
    }

    [Trait("Issue", "A9")]
    [Fact]
    public async Task Lists_count_as_levels_for_writer_and_reader_alike()
    {
        Branch row = new([]);
        for (int level = 0; level < 255; level++)
            row = new Branch([row]);
        string file = _folder["tree.avro"];
        await using (SinkWriter<Branch> writer = await Avro.ToFile<Branch>(file)
            .OpenAsync(new SinkContext("p", "s", 0, 0, null, 1, TimeProvider.System), default))
        {
            writer.Write(new Chunk<Branch>([row], new long[1]));
            Assert.Throws<RefusedRowException>(() => writer.Write(new Chunk<Branch>([new Branch([row])], new long[1])));
            await writer.CommitAsync(1, (await writer.PrepareAsync(1, default)).Handle, default);
        }

        Assert.Single(await SourceRun.RowsAsync(Avro.File<Branch>(file)));
    }

    [Trait("Issue", "A9")]
    [Theory]
    [InlineData("avro")]
    [InlineData("jsonl")]
    public async Task A_row_too_deep_for_a_file_goes_the_way_of_its_sinks_errors(string format)
    {
        Link? deep = null;
        for (int level = 0; level < 100_000; level++)
            deep = new Link(level, deep);
        string file = _folder[$"out.{format}"];
        Pipeline Build(string name)
        {
            var pipeline = Pipeline.Create(name);
            pipeline.Read("numbers", Sources.Of([1, 2, 3])).Map(number => number == 2 ? deep! : new Link(number, null))
                .Write("links", format == "avro" ? Avro.ToFile<Link>(file) : JsonLines.ToFile<Link>(file));
            return pipeline;
        }

        await using (Job job = await Job.StartAsync(Build("fails"), new MemoryStore()))
        {
            ActorStreamsException error = await Assert.ThrowsAnyAsync<ActorStreamsException>(() => job.Completion);
            Assert.Contains("'links'", error.Message, StringComparison.Ordinal);
        }

        await using (Job job = await Job.StartAsync(Build("skips"), new MemoryStore(), new JobOptions { Errors = ErrorPolicy.Skip }))
            await job.Completion;
        List<Link> rows = format == "avro" ? await SourceRun.RowsAsync(Avro.File<Link>(file))
            : await SourceRun.RowsAsync(JsonLines.File<Link>(file));
        Assert.Equal([new Link(1, null), new Link(3, null)], rows);
    }

    private async Task FailsAsync<T>(string file, string message)
    {
        SourceException error = await Assert.ThrowsAsync<SourceException>(() => SourceRun.ReadAsync(Avro.File<T>(file)));
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static byte[] Long(long value)
    {
        var bytes = new List<byte>();
        ulong bits = (ulong)((value << 1) ^ (value >> 63));
        for (; bits >= 0x80; bits >>= 7)
            bytes.Add((byte)(bits | 0x80));
        return [.. bytes, (byte)bits];
    }

    private async Task<string> WriteAsync(string schema, (long Rows, byte[] Data)[] blocks, bool isCompressed = false)
    {
        byte[] marker = [.. Enumerable.Range(1, 16).Select(at => (byte)at)], text = Encoding.UTF8.GetBytes(schema), codec = isCompressed
            ? "deflate"u8.ToArray() : "null"u8.ToArray();
        var file = new List<byte>();
        file.AddRange(
            [.. "Obj\u0001"u8, .. Long(2), .. Long(11), .. "avro.schema"u8, .. Long(text.Length), .. text, .. Long(10), .. "avro.codec"u8,
            .. Long(codec.Length), .. codec, 0, .. marker]);
        foreach ((long rows, byte[] data) in blocks)
        {
            byte[] stored = data;
            if (isCompressed)
            {
                using var packed = new MemoryStream();
                using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
                    deflate.Write(data);
                stored = packed.ToArray();
            }

            file.AddRange([.. Long(rows), .. Long(stored.Length), .. stored, .. marker]);
        }

        return await _folder.WriteAsync("claims.avro", [.. file]);
    }
}
