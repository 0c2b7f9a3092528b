using System.Text.Json;
using System.Text.Json.Serialization;
using ActorStreams.TestKit;

namespace ActorStreams.Connectors.Tests;

/// <summary>Texts become the values that they name, or none.</summary>
public sealed class ExactTextSpec : IDisposable
{
    private static readonly JsonSerializerOptions s_named =
        new() { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) }, PropertyNameCaseInsensitive = true };

    private readonly TemporaryFolder _folder = new();

    public enum Weekday
    {
        Sunday,
        Monday,
        Tuesday,
        Wednesday,
        AllHallows = 31,
        a = 40,
        A = 41,
    }

    [Flags]
    public enum Rights
    {
        None = 0,
        Read = 1,
        Write = 2,
        Delete = 4,
    }

    [Flags]
    public enum Marks : long
    {
        First = 1,
        Last = 1L << 40,
    }

    [JsonConverter(typeof(JsonStringEnumConverter<Attributed>))]
    public enum Attributed
    {
        One,
        Two,
    }

    public sealed record Shift(Weekday Day);

    public sealed record MaybeShift(Weekday? Day);

    public sealed record Access(Rights Rights);

    public sealed record Marked(Marks Marks);

    public sealed record Stay(TimeSpan Time);

    public sealed record MaybeStay(TimeSpan? Time);

    public sealed record OfType(Attributed Value);

    public sealed record OfProperty([property: JsonConverter(typeof(JsonStringEnumConverter))] Weekday Value);

    public sealed record ByDay(Dictionary<Weekday, int> Counts, List<Weekday> Days);

    public void Dispose() => _folder.Dispose();

    [Trait("Issue", "A12")]
    [Theory]
    [InlineData("7")]
    [InlineData("1")]
    [InlineData("-1")]
    [InlineData("Monday,Tuesday")]
    [InlineData("\"Monday, Tuesday\"")]
    [InlineData("\" monday\"")]
    [InlineData("monday ")]
    [InlineData("\"\"")]
    [InlineData("")]
    [InlineData("Mon")]
    [InlineData("ａ")]
    public async Task A_field_that_names_no_member_is_rejected(string field)
    {
        string path = _folder.Write("a.csv",
            $"day\n{(field.Contains(',', StringComparison.Ordinal) && field[0] != '"' ? $"\"{field}\"" : field)}\nMonday\n");

        (List<SourceItem<Shift>> items, _) = await SourceRun.ReadAsync(Csv.File<Shift>(path));

        Assert.Equal(new Shift(Weekday.Monday), items[^1].Row);
        if (field.Length > 0)                                        // a blank line is no record
            Assert.Contains("is not a Weekday", items[0].Rejected!.Error.Message, StringComparison.Ordinal);
        else
            Assert.Single(items);
    }

    [Trait("Issue", "A12")]
    [Fact]
    public async Task A_field_names_a_member_in_any_case_unless_two_differ_by_it()
    {
        string path = _folder.Write("a.csv", "day\nMonday\ntuesday\nALLHALLOWS\na\nA\n\"\"\n");

        (List<SourceItem<MaybeShift>> items, _) = await SourceRun.ReadAsync(Csv.File<MaybeShift>(path));

        Assert.Equal([Weekday.Monday, Weekday.Tuesday, Weekday.AllHallows, Weekday.a, Weekday.A], items.Take(5)
            .Select(item => item.Row!.Day!.Value));
        Assert.NotNull(items[5].Rejected);
    }

    [Trait("Issue", "A12")]
    [Theory]
    [InlineData("Read", Rights.Read)]
    [InlineData("Read, Write", Rights.Read | Rights.Write)]
    [InlineData("delete,read", Rights.Read | Rights.Delete)]
    [InlineData("None", Rights.None)]
    [InlineData("0", Rights.None)]
    [InlineData("3", null)]
    [InlineData("Read,", null)]
    [InlineData("Read,,Write", null)]
    [InlineData("Read,8", null)]
    [InlineData(",", null)]
    [InlineData(" Read", null)]
    public async Task Lists_are_for_sets(string field, Rights? expected)
    {
        (List<SourceItem<Access>> items, _) = await SourceRun.ReadAsync(Csv.File<Access>(_folder.Write("a.csv", $"rights\n\"{field}\"\n")));
        Assert.Equal(expected, items[0].Row?.Rights);

        string json = $$"""{"rights":"{{field}}"}""";
        (items, _) = await SourceRun.ReadAsync(JsonLines.File<Access>(_folder.Write("a.jsonl", json), new() { Serializer = s_named }));
        Assert.Equal(field == "0" ? Rights.None : expected, items[0].Row?.Rights);
    }

    [Trait("Issue", "A12")]
    [Fact]
    public async Task Sets_of_any_width_are_read()
    {
        List<Marked> rows = await SourceRun.RowsAsync(Csv.File<Marked>(_folder.Write("a.csv", "marks\n\"First, Last\"\nLast\n")));
        Assert.Equal([new Marked(Marks.First | Marks.Last), new Marked(Marks.Last)], rows);
    }

    [Trait("Issue", "A12")]
    [Theory]
    [InlineData("""{"day":"monday"}""", Weekday.Monday)]
    [InlineData("""{"day":"all_hallows"}""", Weekday.AllHallows)]
    [InlineData("""{"day":31}""", Weekday.AllHallows)]
    [InlineData("""{"day":"1"}""", null)]
    [InlineData("""{"day":"7"}""", null)]
    [InlineData("""{"day":7}""", null)]
    [InlineData("""{"day":-1}""", null)]
    [InlineData("""{"day":"monday,tuesday"}""", null)]
    [InlineData("""{"day":"monday, tuesday"}""", null)]
    [InlineData("""{"day":" monday"}""", null)]
    [InlineData("""{"day":""}""", null)]
    public async Task A_JSON_value_that_names_no_member_is_rejected(string json, Weekday? expected)
    {
        (List<SourceItem<Shift>> items,
            _) = await SourceRun.ReadAsync(JsonLines.File<Shift>(_folder.Write("a.jsonl", json), new() { Serializer = s_named }));
        Assert.Equal(expected, items[0].Row?.Day);

        string change = $$$"""{"op":"c","after":{{{json}}}}""";
        (List<SourceItem<DebeziumEvent<Shift>>> events,
            _) = await SourceRun.ReadAsync(
            JsonLines.File<DebeziumEvent<Shift>>(_folder.Write("b.jsonl", change), new() { Serializer = s_named }));
        Assert.Equal(expected, events[0].Row?.After?.Day);
    }

    [Trait("Issue", "A12")]
    [Theory]
    [InlineData("""{"day":1}""", Weekday.Monday)]
    [InlineData("""{"day":7}""", null)]
    [InlineData("""{"day":"Monday"}""", null)]
    public async Task Numbers_are_those_of_members(string json, Weekday? expected)
    {
        (List<SourceItem<MaybeShift>> items, _) = await SourceRun.ReadAsync(JsonLines.File<MaybeShift>(_folder.Write("a.jsonl", json)));
        Assert.Equal(expected, items[0].Row?.Day);
    }

    [Trait("Issue", "A12")]
    [Theory]
    [InlineData("One", true)]
    [InlineData("1", false)]
    [InlineData("One,Two", false)]
    public async Task Converters_of_attributes_are_held_to_it(string text, bool isGood)
    {
        (List<SourceItem<OfType>> ofType,
            _) = await SourceRun.ReadAsync(JsonLines.File<OfType>(_folder.Write("a.jsonl", $$"""{"Value":"{{text}}"}""")));
        Assert.Equal(isGood, ofType[0].Rejected is null);

        text = text.Replace("One", "Monday", StringComparison.Ordinal).Replace("Two", "Tuesday", StringComparison.Ordinal);
        (List<SourceItem<OfProperty>> ofProperty,
            _) = await SourceRun.ReadAsync(JsonLines.File<OfProperty>(_folder.Write("a.jsonl", $$"""{"Value":"{{text}}"}""")));
        Assert.Equal(isGood, ofProperty[0].Rejected is null);
    }

    [Trait("Issue", "A12")]
    [Theory]
    [InlineData("""{"Counts":{"Monday":1},"Days":[2]}""", true)]
    [InlineData("""{"Counts":{"7":1},"Days":[]}""", false)]
    [InlineData("""{"Counts":{"Monday,Tuesday":1},"Days":[]}""", false)]
    [InlineData("""{"Counts":{},"Days":[7]}""", false)]
    public async Task Keys_and_items_are_held_to_it(string json, bool isGood)
    {
        (List<SourceItem<ByDay>> items, _) = await SourceRun.ReadAsync(JsonLines.File<ByDay>(_folder.Write("a.jsonl", json)));
        Assert.Equal(isGood, items[0].Rejected is null);
    }

    [Trait("Issue", "A4")]
    [Theory]
    [InlineData("24:00:00", 24)]
    [InlineData("36:00:00", 36)]
    [InlineData("1.12:00:00", 36)]
    [InlineData("-36:00:00", -36)]
    [InlineData("PT36H", 36)]
    [InlineData("P1DT12H", 36)]
    [InlineData("1:2", null)]
    [InlineData("5", null)]
    [InlineData("36", null)]
    [InlineData("24:00", null)]
    [InlineData("36 hours", null)]
    [InlineData("P1M", null)]
    public async Task A_duration_is_what_it_says(string text, int? hours)
    {
        TimeSpan? expected = hours is { } some ? TimeSpan.FromHours(some) : null;
        (List<SourceItem<Stay>> items, _) = await SourceRun.ReadAsync(Csv.File<Stay>(_folder.Write("a.csv", $"time\n{text}\n")));
        Assert.Equal(expected, items[0].Row?.Time);

        (List<SourceItem<MaybeStay>> maybe, _) = await SourceRun.ReadAsync(Csv.File<MaybeStay>(_folder.Write("a.csv", $"time\n{text}\n")));
        Assert.Equal(expected, maybe[0].Row?.Time);

        string json = $$"""{"time":"{{text}}"}""";
        (items, _) = await SourceRun.ReadAsync(JsonLines.File<Stay>(_folder.Write("a.jsonl", json)));
        Assert.Equal(expected, items[0].Row?.Time);

        string change = $$$"""{"payload":{"op":"c","after":{{{json}}}}}""";
        (List<SourceItem<DebeziumEvent<Stay>>> events,
            _) = await SourceRun.ReadAsync(JsonLines.File<DebeziumEvent<Stay>>(_folder.Write("b.jsonl", change)));
        Assert.Equal(expected, events[0].Row?.After?.Time);
    }

    [Trait("Issue", "A4")]
    [Fact]
    public async Task A_number_is_no_duration()
    {
        List<string> errors = await SourceRun.ErrorsAsync(JsonLines.File<Stay>(_folder.Write("a.jsonl", """{"time":129600000000}""")));
        Assert.Contains("a number does not say its unit", errors[0], StringComparison.Ordinal);
    }
}
