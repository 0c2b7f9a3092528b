using System.Text;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>A template of to_char for numbers: 9 0 . , D G S MI PL SG PR FM and text.</summary>
internal sealed class NumberTemplate
{
    [ThreadStatic]
    private static NumberTemplate? s_last;

    private readonly string _format;
    private readonly List<string> _parts = [];
    private readonly bool _isFilled = true;
    private readonly int _whole, _fraction, _firstZero = int.MaxValue, _minFraction;
    private readonly string _sign = "";

    private NumberTemplate(string format)
    {
        _format = format;
        string upper = format.ToUpperInvariant();
        bool point = false;
        for (int at = 0; at < format.Length;)
        {
            string part = upper[at] is 'F' or 'M' or 'P' or 'S' or 'T' or 'R' or 'E' && at + 1 < upper.Length && upper.Substring(at, 2)
                is "FM" or "MI" or "PL" or "SG" or "PR" or "TH" or "RN" or "EE" ? upper.Substring(at, 2) : upper[at].ToString();
            at += part.Length;
            switch (part)
            {
                case "FM":
                    _isFilled = false;
                    continue;
                case "S" or "MI" or "PL" or "SG" or "PR":
                    _sign = part == "S" ? _whole + _fraction == 0 ? "S" : "S>" : part;
                    if (part is "MI" or "PL" or "SG")
                        _parts.Add(part);
                    continue;
                case "TH" or "RN" or "EE" or "V":
                    throw new SqlFault(SqlState.FeatureNotSupported, $"to_char of numbers does not support \"{part}\"");
                case "9" or "0":
                    if (part == "0" && !point)
                        _firstZero = Math.Min(_firstZero, _whole);
                    if (point)
                    {
                        _fraction++;
                        if (part == "0")
                            _minFraction = _fraction;
                    }
                    else
                    {
                        _whole++;
                    }

                    _parts.Add(part);
                    continue;
                case "." or "D":
                    if (point)
                        throw new SqlFault(SqlState.SyntaxError, "multiple decimal points");
                    point = true;
                    _parts.Add(".");
                    continue;
                case "," or "G":
                    _parts.Add(",");
                    continue;
                case "L":
                    _parts.Add("' ");
                    continue;
                case "\"":
                    int end = format.IndexOf('"', at);
                    if (end < 0)
                        end = format.Length;
                    _parts.Add("'" + format[at..end]);
                    at = Math.Min(format.Length, end + 1);
                    continue;
                default:
                    _parts.Add("'" + format.Substring(at - 1, 1));
                    continue;
            }
        }
    }

    public static NumberTemplate Of(string format) =>
        s_last is { } last && last._format == format ? last : s_last = new NumberTemplate(format);

    /// <summary>Halves go to the even digit, as the processor rounds.</summary>
    public string Print(double value) =>
        Print(NumberCasts.ToNumeric(_fraction == 0 ? Math.Round(value, MidpointRounding.ToEven) : value));

    public string Print(Numeric value)
    {
        bool isNegative = value.Sign < 0;
        string digits;
        bool isTooLong;
        if (value.IsFinite)
        {
            Numeric rounded = NumericMath.Round(NumericFunctions.Abs(value), _fraction);
            isNegative &= rounded.Sign != 0;
            string text = NumericText.Of(rounded);
            int dot = text.IndexOf('.', StringComparison.Ordinal);
            string whole = dot < 0 ? text : text[..dot];
            whole = whole == "0" && (rounded.Sign != 0 || _isFilled) ? "" : whole;
            isTooLong = whole.Length > _whole;
            digits = whole.PadLeft(_whole) + (dot < 0 ? new string('0', _fraction) : text[(dot + 1)..]);
        }
        else
        {
            isTooLong = true;
            digits = "";
        }

        return Write(digits, isNegative, isTooLong);
    }

    private string Write(string digits, bool isNegative, bool isTooLong)
    {
        var body = new StringBuilder();
        int place = 0, lastShown = _isFilled ? int.MaxValue : LastDigit(digits);
        bool started = false, point = false;
        // A zero before the point is shown where no digit but the fraction is.
        foreach (string part in _parts)
        {
            switch (part)
            {
                case "9" or "0":
                    char digit = isTooLong ? '#' : digits[place];
                    if (digit == ' ' && (place >= _firstZero || (!point && place == _whole - 1 && _fraction == 0)))
                        digit = '0';
                    if (point && place > lastShown)
                        digit = '\0';
                    if (digit != ' ' && !point)
                        started = true;
                    if (digit == ' ' ? _isFilled : digit != '\0')
                        body.Append(digit);
                    place++;
                    break;
                case ".":
                    point = true;
                    body.Append('.');
                    break;
                case ",":
                    if (started)
                        body.Append(',');
                    else if (_isFilled)
                        body.Append(' ');
                    break;
                case "MI":
                    body.Append(isNegative ? "-" : _isFilled ? " " : "");
                    break;
                case "PL":
                    body.Append(!isNegative ? "+" : _isFilled ? " " : "");
                    break;
                case "SG":
                    body.Append(isNegative ? '-' : '+');
                    break;
                default:
                    body.Append(part.AsSpan(1));
                    break;
            }
        }

        return Signed(body.ToString(), isNegative);
    }

    private int LastDigit(string digits)
    {
        int last = _whole + _minFraction - 1;
        for (int at = digits.Length - 1; at > last; at--)
        {
            if (digits[at] != '0')
                return at;
        }

        return last;
    }

    private string Signed(string body, bool isNegative)
    {
        int blanks = body.Length - body.TrimStart(' ').Length;
        string sign = _sign switch
        {
            "S" => isNegative ? "-" : "+",
            "" or "PL" => isNegative ? "-" : _isFilled ? " " : "",
            _ => "",
        };
        if (_sign == "S>")
            return body + (isNegative ? "-" : "+");
        if (_sign == "PR")
            return isNegative ? body[..blanks] + "<" + body[blanks..] + ">" : _isFilled ? " " + body + " " : body;
        return body[..blanks] + sign + body[blanks..];
    }
}
