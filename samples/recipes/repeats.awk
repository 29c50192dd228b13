# Plain text to pieces that stand twice, one a document (reader-repeats.yaml). -v s=N: another N drops other words.
function keep(from, to,   i) { for (i = from; i < to; i++) if (rand() >= 0.2) line = line words[i] " " }
function piece(   i, half) {
  line = ""
  half = rand() < 0.5 ? int(n / 2) : 0
  keep(half, n)
  keep(0, half)
  for (i = 0; i < n; i++) line = line words[i] " "
  print line "\n"
  n = 0
  most = 40 + int(rand() * 50)
}
BEGIN { srand(s); most = 60 }
{ for (i = 1; i <= NF; i++) { words[n++] = $i; if (n >= most) piece() } }
