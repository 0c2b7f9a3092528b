using ActorStreams.Core.Time;

namespace ActorStreams.Core.Tests.Time;

[Trait("Issue", "A4")]
public sealed class DurationTextSpec
{
    [Theory]
    [InlineData("00:00:00", "0")]
    [InlineData("01:02:03", "1:02:03")]
    [InlineData("1:02:03", "1:02:03")]
    [InlineData("24:00:00", "1.00:00:00")]
    [InlineData("36:00:00", "1.12:00:00")]
    [InlineData("1000:00:00", "41.16:00:00")]
    [InlineData("1.12:00:00", "1.12:00:00")]
    [InlineData("-36:00:00", "-1.12:00:00")]
    [InlineData("-1.12:00:00.5", "-1.12:00:00.5")]
    [InlineData("00:00:00.0000001", "00:00:00.0000001")]
    [InlineData("00:00:01.120000000", "00:00:01.12")]
    [InlineData("10675199.02:48:05.4775807", "10675199.02:48:05.4775807")]
    [InlineData("-10675199.02:48:05.4775808", "-10675199.02:48:05.4775808")]
    [InlineData("PT36H", "1.12:00:00")]
    [InlineData("P1DT12H", "1.12:00:00")]
    [InlineData("-P1DT12H", "-1.12:00:00")]
    [InlineData("PT-90M", "-1:30:00")]
    [InlineData("P2W", "14.00:00:00")]
    [InlineData("PT0.5S", "0:00:00.5")]
    [InlineData("P0Y0M1DT2H3M4.5S", "1.02:03:04.5")]
    [InlineData("PT0S", "0")]
    public void A_duration_is_a_clock_or_ISO_8601(string text, string expected)
    {
        Assert.True(DurationText.TryParse(text, out TimeSpan duration), text);
        Assert.Equal(TimeSpan.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("1:2")]
    [InlineData("24:00")]
    [InlineData("1:2:3")]
    [InlineData("01:60:00")]
    [InlineData("01:00:60")]
    [InlineData("1.24:00:00")]
    [InlineData("1.2:00:00")]
    [InlineData("1:02:03:04")]
    [InlineData("01:02:03.")]
    [InlineData("01:02:03.00000001")]
    [InlineData(" 01:02:03")]
    [InlineData("01:02:03 ")]
    [InlineData("+01:02:03")]
    [InlineData("--01:02:03")]
    [InlineData("٠١:02:03")]
    [InlineData("10675199.02:48:05.4775808")]
    [InlineData("999999999999999999:00:00")]
    [InlineData("9999999999999999999999:00:00")]
    [InlineData("36 hours")]
    [InlineData("1 day")]
    [InlineData("P")]
    [InlineData("PT")]
    [InlineData("P1DT")]
    [InlineData("P1Y")]
    [InlineData("P1M")]
    [InlineData("PT1.5H")]
    [InlineData("PT1S1H")]
    [InlineData("PT1D")]
    [InlineData("P1H")]
    [InlineData("P36")]
    [InlineData("pt36h")]
    public void What_must_be_guessed_is_refused(string text) => Assert.False(DurationText.TryParse(text, out _), text);

    [Fact]
    public void What_dotnet_writes_is_read_back()
    {
        var random = new Random(1);
        for (int run = 0; run < 2000; run++)
        {
            var duration = new TimeSpan(random.NextInt64() >> random.Next(64));
            Assert.True(DurationText.TryParse(duration.ToString("c"), out TimeSpan read));
            Assert.Equal(duration, read);
        }
    }
}
