using System.Globalization;
using System.Numerics;
using System.Text;
using ActorStreams.Core.Codecs;

namespace ActorStreams.Core.Tests.Codecs;

/// <summary>Text becomes a number that says the same, or none.</summary>
[Trait("Issue", "A13")]
public sealed class ExactNumberSpec
{
    [Theory]
    [InlineData("0")]
    [InlineData("-0.00")]
    [InlineData("1e3")]
    [InlineData("1.50E-2")]
    [InlineData("79228162514264337593543950335")]
    [InlineData("0.1234567890123456789012345678")]
    [InlineData("0.12345678901234567890123456780000000000000")]
    [InlineData("00000000000000000000000000000000000001.5")]
    [InlineData(" 1.25 ")]
    public void Decimals_that_fit_are_exact(string text)
    {
        Assert.True(ExactNumber.TryDecimal(Bytes(text), out decimal value));
        Assert.Equal(decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture), value);
    }

    [Theory]
    [InlineData("12345678901234567890123456789012345")]
    [InlineData("79228162514264337593543950336")]
    [InlineData("79228162514264337593543950335.5")]
    [InlineData("0.12345678901234567890123456789")]
    [InlineData("1.00000000000000000000000000001")]
    [InlineData("1e-29")]
    [InlineData("123e-30")]
    [InlineData("1e400")]
    [InlineData("NaN")]
    [InlineData("1,5")]
    [InlineData("")]
    public void Decimals_that_would_lose_digits_are_none(string text) => Assert.False(ExactNumber.TryDecimal(Bytes(text), out _));

    [Theory]
    [InlineData("1e400", false)]
    [InlineData("-1e309", false)]
    [InlineData("1e-400", false)]
    [InlineData("0e400", true)]
    [InlineData("0.0", true)]
    [InlineData("NaN", true)]
    [InlineData("-Infinity", true)]
    [InlineData("9007199254740992", true)]
    [InlineData("9007199254740993", false)]
    [InlineData("9007199254740993.0", true)]
    [InlineData("123456789012345680000", true)]
    [InlineData("123456789012345678901", false)]
    [InlineData("1.7976931348623157e308", true)]
    [InlineData("5e-324", true)]
    [InlineData("1.2345678901234567e-320", true)]
    [InlineData("-122.41941550000001", true)]
    [InlineData("0.1000000000000000055511151231257827", true)]
    [InlineData("0.12345678901234567890123456789012345", true)]
    [InlineData("123456789012345678.9", true)]
    [InlineData("12345678901234567890123456789012345", false)]
    public void Doubles_are_the_nearest_to_fractions_and_equal_to_integers(string text, bool isGood) =>
        Assert.Equal(isGood, ExactNumber.TryDouble(Bytes(text), out _));

    [Theory]
    [InlineData("0.1", true)]
    [InlineData("3.4028235E+38", true)]
    [InlineData("1e39", false)]
    [InlineData("1e-50", false)]
    [InlineData("16777216", true)]
    [InlineData("16777217", false)]
    [InlineData("0.123456789012", false)]
    [InlineData("0.33333334", true)]
    [InlineData("1.40129846E-45", true)]
    public void Floats_give_back_what_is_written(string text, bool isGood) =>
        Assert.Equal(isGood, ExactNumber.TrySingle(Bytes(text), out _));

    [Fact]
    public void Whatever_is_printed_from_a_value_is_read_as_that_value_in_any_length()
    {
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++)
        {
            double number = BitConverter.Int64BitsToDouble(random.NextInt64());
            string text = number.ToString(i % 3 == 0 ? "R" : $"E{16 + (i % 30)}", CultureInfo.InvariantCulture);
            Assert.True(ExactNumber.TryDouble(Bytes(text), out double read) && read.Equals(number), text);
            float single = BitConverter.Int32BitsToSingle(random.Next());
            text = single.ToString(i % 3 == 0 ? "R" : $"E{8 + (i % 20)}", CultureInfo.InvariantCulture);
            Assert.True(ExactNumber.TrySingle(Bytes(text), out float readSingle) && readSingle.Equals(single), text);
            decimal exact = new(random.Next(), random.Next(), random.Next(), i % 2 == 0, (byte)random.Next(29));
            text = exact.ToString(CultureInfo.InvariantCulture);
            Assert.True(ExactNumber.TryDecimal(Bytes(text + (text.Contains('.') ? "000" : "")), out decimal readDecimal)
                && readDecimal == exact, text);
            Assert.True(ExactNumber.TryHalf(Bytes(((Half)random.NextSingle()).ToString("R", CultureInfo.InvariantCulture)), out _));
        }
    }

    [Fact]
    public void Decimals_of_integers_and_scales()
    {
        Assert.True(ExactNumber.TryDecimal(BigInteger.Parse("-123456789012345678901234567800000000", CultureInfo.InvariantCulture), 30,
            out decimal value));
        Assert.Equal(-123456.7890123456789012345678m, value);
        Assert.True(ExactNumber.TryDecimal(new BigInteger(decimal.MaxValue), 0, out value) && value == decimal.MaxValue);
        Assert.False(ExactNumber.TryDecimal(new BigInteger(decimal.MaxValue) + 1, 0, out _));
        Assert.False(ExactNumber.TryDecimal(BigInteger.Parse("12345678901234567890123456789012345", CultureInfo.InvariantCulture), 15,
            out _));
        Assert.False(ExactNumber.TryDecimal(BigInteger.One, 29, out _));
        Assert.True(ExactNumber.TryDecimal(BigInteger.Zero, 40, out value) && value == 0);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
