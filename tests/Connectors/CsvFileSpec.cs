using System.Globalization;
using System.Text;
using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Connectors.Tests;

public sealed record Reading(string Id, [ColumnName("at")] DateTimeOffset Time, double? Value, string? Note);

public sealed class CsvFileSpec : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("id,at,value,note\na,2018-01-31T06:00:00Z,1.5,x\nb,2018-01-31,,\n", 2)]
    [InlineData("\uFEFFid,at,value,note\r\na,2018-01-31T06:00:00Z,1.5,x\r\n\r\nb,2018-01-31,,", 2)]
    [InlineData("note,VALUE,At,ID\n\"two\nlines, \"\"quoted\"\"\",1,2018-01-31,a\n\n\n\"\",2,2018-01-31,\"b\"\nx,3,2018-01-31,c\n\n", 3)]
    [InlineData("id,at,value,note\na,2018-01-31,no,x\nb,2018-13-31,1,x\nc,2018-01-31,1\nd,2018-01-31,1,x,y\n\"e\"x,2018-01-31,1,\nf,2018-01-31,1,\"open\ng,2018-01-31,1,z\n", 7)]
    [InlineData("", 0)]
    [InlineData("\n\r\n", 0)]
    [InlineData("id,at,value,note", 0)]
    [InlineData("id,at,value,note\r\n", 0)]
    public async Task The_contract_of_sources_holds(string text, int items)
    {
        await SourceContract.HoldsAsync(Csv.File<Reading>(_folder.Write("a.csv", text)), items);
        await SourceContract.HoldsAsync(Csv.File<Reading>(_folder.Write("a.csv.gz", text)), items);
    }

    [Fact]
    public async Task The_contract_holds_across_the_borders_of_the_window()
    {
        var text = new StringBuilder("id,at,value,note\n");
        for (int row = 0; row < 60; row++)
            text.Append(CultureInfo.InvariantCulture,
                $"{row},2018-01-31T06:00:00.5Z,{row}.25,\"{new string('x', row * 997)}\n\"\"{new string('y', 500)}\"\r\n");
        Source<Reading> source = Csv.File<Reading>(_folder.Write("a.csv", text.ToString()));

        await SourceContract.HoldsAsync(source, 60);
        Assert.Equal($"{new string('x', 59 * 997)}\n\"{new string('y', 500)}", (await SourceRun.RowsAsync(source))[59].Note);
    }

    [Fact]
    public async Task Fields_become_values()
    {
        List<Reading> rows = await SourceRun.RowsAsync(Csv.File<Reading>(_folder.Write("a.csv",
            "other,id,at,value,note\n1,\"a,\"\"b\"\"\",2018-01-31T06:00:00.1234567+02:00,-1e3,\n2,ä,2018-01-31 06:00,,\"\"\n")));

        Assert.Equal(new Reading("a,\"b\"", new DateTimeOffset(2018, 1, 31, 4, 0, 0, TimeSpan.Zero).AddTicks(1234567), -1000, null),
            rows[0]);
        Assert.Equal(new Reading("ä", new DateTimeOffset(2018, 1, 31, 6, 0, 0, TimeSpan.Zero), null, ""), rows[1]);
        Assert.Equal(TimeSpan.Zero, rows[0].Time.Offset);
    }

    [Theory]
    [InlineData("a,2018-01-31,no,x", "column 'value': 'no' is not a Double")]
    [InlineData("a,31.1.2018,1,x", "column 'at': '31.1.2018' is not a DateTimeOffset")]
    [InlineData("a,2018-02-30,1,x", "column 'at': '2018-02-30' is not a DateTimeOffset")]
    [InlineData("a,,1,x", "column 'at': '' is not a DateTimeOffset")]
    [InlineData("a,2018-01-31,1", "the record has 3 fields, the header has 4")]
    [InlineData("a,2018-01-31,1,\"x\"y", "text follows the closing quote of a field (a quote inside a quoted field must be doubled)")]
    public async Task A_bad_record_is_rejected_with_its_place(string record, string reason)
    {
        string path = _folder.Write("a.csv", $"id,at,value,note\na,2018-01-31,1,\"two\nlines\"\n{record}\nz,2018-01-31,1,x\n");

        (List<SourceItem<Reading>> items, _) = await SourceRun.ReadAsync(Csv.File<Reading>(path));

        Assert.Equal($"{path}, line 4: {reason}.", items[1].Rejected!.Error.Message);
        Assert.Equal(record, items[1].Rejected!.Payload);
        Assert.Equal("z", items[2].Row!.Id);
    }

    [Fact]
    public async Task Invalid_utf8_is_rejected_not_replaced()
    {
        byte[] bytes = [.. "id,at,value,note\na,2018-01-31,1,"u8, 0xC3, 0x28, .. "\nb,2018-01-31,1,ok\n"u8];

        (List<SourceItem<Reading>> items, _) = await SourceRun.ReadAsync(Csv.File<Reading>(_folder.Write("a.csv", bytes)));

        Assert.EndsWith("line 2: the record is not valid UTF-8.", items[0].Rejected!.Error.Message, StringComparison.Ordinal);
        Assert.Equal("ok", items[1].Row!.Note);
        await Assert.ThrowsAsync<SourceException>(
            () => SourceRun.RowsAsync(Csv.File<Reading>(_folder.Write("b.csv", Encoding.Unicode.GetPreamble().Concat(bytes).ToArray()))));
    }

    [Fact]
    public async Task An_unclosed_quote_does_not_swallow_the_rest_of_a_large_file()
    {
        var text = new StringBuilder("id,at,value,note\nopen,2018-01-31,1,\"x\n");
        for (int row = 0; row < 50_000; row++)
            text.Append(CultureInfo.InvariantCulture, $"{row},2018-01-31T00:00:00Z,1,some text\n");

        (List<SourceItem<Reading>> items, _) = await SourceRun.ReadAsync(Csv.File<Reading>(_folder.Write("a.csv", text.ToString())));

        Assert.NotNull(items[0].Rejected);
        Assert.Equal(50_000, items.Count(item => item.Rejected is null));
    }

    [Fact]
    public async Task A_missing_column_is_told_at_open()
    {
        string path = _folder.Write("a.csv", "id,time,value,note\n");

        SourceException error = await Assert.ThrowsAsync<SourceException>(() => SourceRun.RowsAsync(Csv.File<Reading>(path)));

        Assert.Equal($"File '{path}' has no column 'at', which Reading.Time is read from. Its header is: id, time, value, note. " +
            "Name the column with [ColumnName(\"…\")], or allow missing columns.", error.Message);
        Assert.Empty(await SourceRun.RowsAsync(Csv.File<Reading>(path, new CsvOptions { AllowMissingColumns = true })));
    }

    [Fact]
    public async Task A_file_that_was_cut_or_changed_is_refused()
    {
        string text = "id,at,value,note\na,2018-01-31,1,x\nb,2018-01-31,1,x\n";
        foreach (string name in (string[])["a.csv", "a.csv.gz"])
        {
            (_, var stops) = await SourceRun.ReadAsync(Csv.File<Reading>(_folder.Write(name, text)), capacity: 1);
            SourceOffset end = stops[^1].Offset;
            Source<Reading> cut = Csv.File<Reading>(_folder.Write(name, text[..^1]));
            Source<Reading> changed = Csv.File<Reading>(
                _folder.Write("other-" + name, text.Replace("a,2018", "aaa,2018", StringComparison.Ordinal)));

            await Assert.ThrowsAsync<SourceException>(() => SourceRun.ReadAsync(cut, from: end with { Value = end.Value + 1 }));
            await Assert.ThrowsAsync<SourceException>(() => SourceRun.ReadAsync(changed, from: end));
        }
    }

    [Fact]
    public async Task A_file_that_grew_is_read_on_with_the_right_line_numbers()
    {
        string path = _folder.Write("a.csv", "id,at,value,note\na,2018-01-31,1,\"two\nlines\"");
        (_, var stops) = await SourceRun.ReadAsync(Csv.File<Reading>(path), capacity: 1);
        await File.AppendAllTextAsync(path, "\nb,2018-01-31,1,x\nc,bad,1,x\n");

        (List<SourceItem<Reading>> items, _) = await SourceRun.ReadAsync(Csv.File<Reading>(path), from: stops[^1].Offset);

        Assert.Equal("b", items[0].Row!.Id);
        Assert.Contains("line 5:", items[1].Rejected!.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_of_a_folder_or_pattern_are_partitions_with_stable_names()
    {
        string one = "id,at,value,note\n1,2018-01-31,1,x\n";
        _folder.Write("b.csv", one);
        _folder.Write("a.csv.gz", one);
        _folder.Write("c.txt", one);
        _folder.Write("sub/d.csv", one);
        _folder.Write(".b.csv.1-1.staging", one);

        Assert.Equal(["a.csv.gz", "b.csv"], await Names(_folder[""]));
        Assert.Equal(["b.csv"], await Names(_folder["*.csv"]));
        Assert.Equal(["b.csv", "sub/d.csv"], await Names(_folder["**/*.csv"]));
        Assert.Equal(["nothing.csv"], await Names(_folder["nothing.csv"]));
        await Assert.ThrowsAsync<SourceException>(() => Names(_folder["*.json"]));
        await SourceContract.HoldsAsync(Csv.File<Reading>(_folder["**/*.csv"]), 2);
        await Assert.ThrowsAsync<SourceException>(() => SourceRun.RowsAsync(Csv.File<Reading>(_folder["nothing.csv"])));

        static async Task<IReadOnlyList<string>> Names(string path) => await Csv.File<Reading>(path)
            .PartitionsAsync(SourceRun.Context, default);
    }

    [Fact]
    public async Task Without_a_header_a_record_has_as_many_fields_as_the_row()
    {
        Source<(int, string)> source = Csv.File<(int, string)>(_folder.Write("a.csv", "1,a\n2\n3,c,x\n4,d\n"),
            new CsvOptions { HasHeader = false });

        await SourceContract.HoldsAsync(source, 4);
        Assert.Equal([(1, "a"), (4, "d")], await SourceRun.RowsAsync(source));
    }

    [Fact]
    public async Task A_damaged_gzip_file_fails_with_its_name()
    {
        string path = _folder.Write("a.csv.gz", "id,at,value,note\n" + string.Concat(Enumerable.Repeat("a,2018-01-31,1,x\n", 10_000)));
        byte[] bytes = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, bytes[..(bytes.Length / 2)]);

        SourceException error = await Assert.ThrowsAsync<SourceException>(() => SourceRun.RowsAsync(Csv.File<Reading>(path)));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    public sealed class Settable
    {
        public int Number { get; set; }

        public decimal? Amount { get; set; }

        public DayOfWeek Day { get; set; }

        public bool Yes { get; set; }

        public Guid Guid { get; set; }

        public DateOnly Date { get; set; }

        public int Twice => Number * 2;
    }

    [Fact]
    public async Task Rows_may_be_classes_with_setters_tuples_or_single_values()
    {
        string path = _folder.Write("a.csv",
            "number,amount,day,yes,guid,date\n7,1.50,friday,TRUE,11111111-2222-3333-4444-555555555555,2018-01-31\n7,\"1,5\",friday,1,,2018-01-31\n");

        (List<SourceItem<Settable>> items, _) = await SourceRun.ReadAsync(Csv.File<Settable>(path));

        Assert.Equal((7, 1.5m, DayOfWeek.Friday, true, new DateOnly(2018, 1, 31)),
            (items[0].Row!.Number, items[0].Row!.Amount, items[0].Row!.Day, items[0].Row!.Yes, items[0].Row!.Date));
        Assert.Contains("'1,5' is not a Decimal", items[1].Rejected!.Error.Message, StringComparison.Ordinal);
        Assert.Equal([(7, "a")],
            await SourceRun.RowsAsync(Csv.File<(int, string)>(_folder.Write("b.csv", "x;y\n7;a\n"), new CsvOptions { Separator = ';' })));
        Assert.Equal([1, 2],
            await SourceRun.RowsAsync(Csv.File<int>(_folder.Write("c.csv", "1\n2"), new CsvOptions { HasHeader = false })));
    }

    /// <summary>CsvHelper is the oracle: the same fields for random well-formed files.</summary>
    [Fact]
    public async Task Random_files_give_the_fields_that_CsvHelper_gives()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            string end = random.Next(2) == 0 ? "\n" : "\r\n";
            string text = "a,b,c" + end +
                string.Join(end, Enumerable.Range(0, random.Next(1, 30))
                .Select(_ => string.Join(',', Enumerable.Range(0, 3).Select(_ => Field(random))))) + (random.Next(2) == 0 ? end : "");
            var expected = new List<(string, string, string)>();
            using (CsvHelper.CsvReader oracle = CsvHelper.CsvReader.FromText(text, new CsvHelper.CsvReaderOptions { Separator = ',' }))
            {
                while (oracle.Read())
                    expected.Add((oracle.GetString(0), oracle.GetString(1), oracle.GetString(2)));
            }

            List<(string, string, string)> rows = await SourceRun.RowsAsync(
                Csv.File<(string, string, string)>(_folder.Write("r.csv", text)));

            Assert.True(expected.SequenceEqual(rows), $"seed {seed}:\n{text}");
        }

        static string Field(Random random)
        {
            string plain = new(Enumerable.Range(0, random.Next(1, 8)).Select(_ => "abcä ;'\"7"[random.Next(7)]).ToArray());
            return random.Next(3) > 0 ? plain : $"\"{plain}{(random.Next(2) == 0 ? "," : "\"\"")}{(random.Next(3) == 0 ? "\n" : "")}\"";
        }
    }

    [Fact]
    public async Task Integers_are_read_whatever_their_length_and_sign()
    {
        long[] values = [.. Enumerable.Range(0, 19)
            .SelectMany(digits => new[] { (long)Math.Pow(10, digits), -(long)Math.Pow(10, digits) + 1 }), long.MinValue, long.MaxValue,
            int.MinValue, int.MaxValue];
        string[] good = [.. values.Select(value => value.ToString(CultureInfo.InvariantCulture)), "+7", " 8", "9 ",
            "00000000000000000000012", "0000123456789012", "\"34\""];
        string[] bad = ["", "-", "1a", "a1", "12345678/", ":2345678", "123456789012345/", "1\u00B2", "1 2", "9223372036854775808"];
        string path = _folder.Write("n.csv", string.Join('\n', good.Concat(bad).Select(text => $"x,{text}")));
        var options = new CsvOptions { HasHeader = false };

        List<(string, long)> rows = await SourceRun.RowsAsync(Csv.File<(string, long)>(path, options));
        List<(string, int)> small = await SourceRun.RowsAsync(Csv.File<(string, int)>(path, options));

        Assert.Equal(good.Select(text => long.Parse(text.Trim('"'), CultureInfo.InvariantCulture)), rows.Select(row => row.Item2));
        Assert.Equal(rows.Select(row => row.Item2).Where(value => value == (int)value), small.Select(row => (long)row.Item2));
    }

    [Fact]
    public async Task Plain_records_and_others_may_follow_each_other_in_any_order()
    {
        var random = new Random(7);
        var text = new StringBuilder("id,value\n");
        var wanted = new List<(string, long)>();
        var rejectedLines = new List<string>();
        int line = 2;
        for (int row = 0; row < 12_000; row++)
        {
            int kind = random.Next(row / 1000 % 2 == 0 ? 2 : 12);            // long stretches that are plain, and others that are not
            string id = kind switch
            {
                2 => "Zürich",
                3 => new string('y', random.Next(1, 40)),
                4 => new string('z', random.Next(1, 12_000)),
                _ => $"n{row}"
            };
            string end = kind == 1 ? "\r\n" : "\n";
            text.Append(kind switch
            {
                5 => $"\"{id}\",{row}{end}",
                6 => $"\"{id}\n\"\",\",{row}{end}",
                7 => end,
                8 => $"{id},{row},{row}{end}",
                9 => $"{id}{end}",
                10 => $"{id},{row}x{end}",
                _ => $"{id},{row}{end}",
            });
            if (kind is < 7 or 11)
                wanted.Add((kind == 6 ? $"{id}\n\"," : id, row));
            else if (kind != 7)
                rejectedLines.Add($"line {line}:");
            line += kind == 6 ? 2 : 1;
        }

        Source<(string, long)> source = Csv.File<(string, long)>(_folder.Write("a.csv", text.ToString()));

        Assert.Equal(wanted, await SourceRun.RowsAsync(source));
        List<string> errors = await SourceRun.ErrorsAsync(source);
        Assert.Equal(rejectedLines.Count, errors.Count);
        Assert.All(rejectedLines.Zip(errors), pair => Assert.Contains(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Numbers_are_the_nearest_doubles()
    {
        var random = new Random(1);
        string[] texts = [.. Enumerable.Range(0, 20_000).Select(_ => Decimal(random)), "-0", "1.", ".5", "1e5", "-1.5E-7", "Infinity",
            "NaN", "123456789012345678.9"];
        string path = _folder.Write("n.csv", string.Join('\n', texts));

        List<double> rows = await SourceRun.RowsAsync(Csv.File<double>(path, new CsvOptions { HasHeader = false }));

        Assert.Equal(texts.Select(text => BitConverter.DoubleToInt64Bits(double.Parse(text, CultureInfo.InvariantCulture))),
            rows.Select(BitConverter.DoubleToInt64Bits));

        static string Decimal(Random random)
        {
            string digits = random.NextInt64(1_000_000_000_000_000_000).ToString(CultureInfo.InvariantCulture)
                .PadLeft(18, '0')[..random.Next(1, 18)];
            return (random.Next(2) == 0 ? "-" : "") + digits.Insert(random.Next(digits.Length + 1), ".");
        }
    }

    [Fact]
    public async Task The_earthquakes_can_be_read()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "../../../../../examples/Earthquakes/earthquakes.csv");

        List<Quake> rows = await SourceRun.RowsAsync(Csv.File<Quake>(path));

        Assert.Equal(1707, rows.Count);
        Assert.Equal(
            new Quake("us2000crl8", new DateTimeOffset(2018, 1, 31, 2, 16, 57, 350, TimeSpan.Zero), "us", 4.7,
            "232km ENE of Raoul Island, New Zealand"), rows[1]);
    }

    public sealed record Quake(string Id, DateTimeOffset Time, [ColumnName("net")] string Network, [ColumnName("mag")] double? Magnitude,
        string Place);
}
