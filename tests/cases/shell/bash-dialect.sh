# SPDX-License-Identifier: Apache-2.0
a=(one "two three" four); echo ${a[0]} "${a[1]}" ${#a[@]} "${a[@]}" "${a[*]}"; for i in "${a[@]}"; do echo "<$i>"; done; a+=(five); echo ${#a[@]} ${a[3]}; a[7]=x; echo ${#a[@]} ${!a[@]}; echo "${a[@]}"; echo $a; echo ${a[-1]} ${a[-2]}.; b=("${a[@]}"); echo ${#b[@]}; e=(); echo ${#e[@]} "${e[@]}" end; i=2; echo ${a[i]} ${a[$i]} ${a[i+1]}; unset a; echo ${#a[@]}; c=(1 2); c[1]=x; c[0]+=y; echo "${c[@]}" ${#c[0]} ${c[5]-unset} "${c[@]/x/z}"
####
x=abc; [[ $x == a* ]] && echo glob; [[ $x == "a*" ]] || echo quoted; [[ -n $x && -z "" ]] && echo and; [[ -z $x || $x = abc ]] && echo or; [[ ! -e nothere ]] && echo not; [[ $x =~ ^a(.)c$ ]] && echo match; [[ $x < abd ]] && echo less; [[ 3 -lt 10 ]] && echo num; [[ $x != a ]] && echo ne; [[ ( -n a ) && ( $x == abc ) ]] && echo par; [[ $unset ]] || echo empty; y="a b"; [[ $y == "a b" ]] && echo unsplit; [[ a == [ab] ]] && echo set; [[ $x == $x ]]; echo $?; [[ "" ]]; echo $?; re='^[0-9]+$'; [[ 123 =~ $re ]] && echo digits; [[ x =~ $re ]]; echo $?
[[ -f /nothere || -d . ]] && echo d; [[ a = b || c = c && d = d ]] && echo prec; if [[ $x == *b* ]]; then echo in; fi; [[ -z ${nope:-} ]]; echo $?; [[ 1 -eq 1 ]] && ! [[ 1 -eq 2 ]] && echo bang
####
x=foo; x+=bar; echo $x; f() { local v=1; v+=2; echo $v; }; f; a=1; (( a += 2 )); echo $a; (( a > 2 )) && echo yes; (( 0 )) || echo zero; (( a++ )); echo $a $((a--)) $a $((++a)); let a=5+1; echo $a; (( a == 6 && a < 7 )) && echo both
####
cat <<< "here string"; x=1; cat <<< $x; read a b <<< "p q r"; echo "$a|$b"; tr a b <<<banana; cat <<<"$x
two"; y='a  b'; cat <<< $y; grep -q ell <<< hello && echo yes; while read l; do echo "[$l]"; done <<< $'one\ntwo'
####
x=hello.world.tar; echo ${x/o/0} ${x//o/0} ${x/#he/HE} ${x/%tar/zip} ${x//l} ${x/l*d/-} ${x:1:3} ${x:3} ${x: -3} ${x:0:-4} ${x^^} ${x,,}; v=x; echo ${!v}; y=; echo ${y:0:1}. ${y/a/b}.; p=/usr/lib; echo ${p//\//_}; z="a b c"; echo "${z// /,}" "${z/ /}" "${z//[ab]/X}"; n=2; echo ${x:n:2} ${x:$n} ${x:n+1:1}; echo "${x#*.}" "${x%%.*}"
####
set -o pipefail; false | true; echo $?; true | false | true; echo $?; set +o pipefail; false | true; echo $?; { echo out; echo err >&2; } &> f; cat f; { echo out; echo err >&2; } &>> f; cat f; echo x >& g; cat g
####
function f { echo "f $1"; }; f a; function g() { echo g; return 3; }; g; echo $?; function h { local -a arr=(x y); echo ${#arr[@]} "${arr[1]}"; local -r ro=1; echo $ro; declare z=in; echo $z; }; arr=out z=outer; h; echo $arr $z; f() (echo sub; exit 4); f; echo $?; k() { local -a l; l+=(a); l+=(b c); echo ${#l[@]}; }; k; declare -a top=(1 2 3); echo ${#top[@]}; d() { declare -g made=yes; }; d; echo $made
####
echo -e 'a\tb'; echo -n x; echo -en 'y\n'; echo 'a\tb'; printf '%03d|%s\n' 7 s; echo $'a\tb\n'c $'it\'s' $"str"; echo {x} {} a{b "{a,b}" {a; echo -E 'q\n'
####
case abc in a*) echo one;; *c) echo two;; esac; case x in x) echo x;& y) echo y;; esac; source /dev/null; . /dev/null; type cd >/dev/null; command -v f; echo $?
####
set -e; f() { false; echo in; }; f || echo caught; if f; then echo ok; fi; x=$(false; echo sub) ; echo "x=$x"; (( 0 )) || true; ! true; echo here; trap 'echo exit $?' EXIT; y=$(false); echo unreachable
####
set -euo pipefail; IFS=$'\n\t'; x="a b"; for i in $x; do echo "<$i>"; done; echo "${y:-default}"; echo "${z-}"; a=(1 2); echo "${a[@]}"; [[ -v x ]] && echo isset; [[ -v nope ]] || echo unset; [ -v x ] && echo v; declare -r c=1; echo $c; (false) || echo sub; echo "${#a[@]}"; echo $unsetvar; echo no
####
set -e; [[ a == b ]]; echo no
####
set -e; (( 1 )); echo yes; (( 0 )); echo no
####
set -u; a=(); echo "${#a[@]}"; shift 5; echo $?; f() { echo "$#:$*"; }; f "$@"; x=5; until (( x == 0 )); do (( x-- )) || true; done; echo $x; for f in a b; do { echo $f; } done; echo end
