namespace ActorStreams.TestKit.Tests;

[Trait("Issue", "A4")]
public sealed class TestTimeSpec
{
    [Theory]
    [InlineData("12:00", "2030-01-01T12:00:00Z")]
    [InlineData("12:00:10", "2030-01-01T12:00:10Z")]
    [InlineData("12:00:10.5", "2030-01-01T12:00:10.5Z")]
    [InlineData("24:00", "2030-01-02T00:00:00Z")]
    [InlineData("24:00:00", "2030-01-02T00:00:00Z")]
    [InlineData("36:00:00", "2030-01-02T12:00:00Z")]
    [InlineData("1.12:00:00", "2030-01-02T12:00:00Z")]
    [InlineData("-00:00:01", "2029-12-31T23:59:59Z")]
    [InlineData("2024-10-06", "2024-10-06T00:00:00Z")]
    [InlineData("2024-10-06T12:00", "2024-10-06T12:00:00Z")]
    [InlineData("2024-10-06T12:00:00.25+02:00", "2024-10-06T10:00:00.25Z")]
    public void A_time_is_of_the_first_day_or_a_whole_instant(string text, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), TestTime.Of(text));

    [Theory]
    [InlineData("5")]
    [InlineData("1:2")]
    [InlineData("12")]
    [InlineData("")]
    [InlineData("PT12H")]
    [InlineData("6.10.2024")]
    [InlineData("12:60")]
    [InlineData("tomorrow")]
    public void What_must_be_guessed_is_refused(string text) => Assert.Throws<FormatException>(() => TestTime.Of(text));
}
